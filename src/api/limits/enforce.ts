import type { FastifyReply } from 'fastify'
import { FtError } from '../../core/errors.js'
import { type RateDecision, WINDOW_MS } from './gcra.js'

/**
 * Says in the headers how much is left (`RateLimit-Policy` and `RateLimit`, draft-ietf-httpapi-ratelimit-headers-10), and refuses what
 * is too much.
 * @throws FtError too_many_requests
 */
export function enforce(
  reply: FastifyReply,
  policy: 'key' | 'address',
  limit: number,
  { allowed, remaining, resetMs, retryMs }: RateDecision,
): void {
  reply.header('ratelimit-policy', `"${policy}";q=${limit};w=${WINDOW_MS / 1000}`)
  reply.header('ratelimit', `"${policy}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`)
  if (allowed) return
  const seconds = Math.max(1, Math.ceil(retryMs / 1000))
  reply.header('retry-after', String(seconds))
  throw new FtError('too_many_requests', `this ${policy} may ask ${limit} times a minute; try again in ${seconds} s`)
}
