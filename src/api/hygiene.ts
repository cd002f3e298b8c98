import type { FastifyInstance, FastifyReply } from 'fastify'
import { FtError } from '../core/errors.js'

/** Longest path with query, in characters: far above any real one (a cursor has less than 300). */
export const MAX_URL = 2048

/** Largest body, in bytes: a hundred assets by their longest natural keys are 30 KB. */
export const MAX_BODY = 64 * 1024

const headers = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  // Answers may be kept, but not used again without asking: the next block may change them.
  'cache-control': 'no-cache',
}

/** Headers of every answer: for browsers that show it, and the id under which the log knows the request. */
export function setCommonHeaders(reply: FastifyReply): void {
  reply.headers(headers).header('x-request-id', reply.request.id)
}

/** Common headers, and the limit of the URL's length. */
export function keepHygiene(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    setCommonHeaders(reply)
    if (request.url.length > MAX_URL) {
      throw new FtError(
        'uri_too_long',
        `the path and query have ${request.url.length} characters, at most ${MAX_URL} are read`,
      )
    }
  })
}
