import type { FastifyInstance } from 'fastify'
import { friendlyAddress } from '../core/address.js'

/** Fields that name contracts; the others that hold an address name accounts. */
const CONTRACTS: ReadonlySet<string> = new Set(['contract', 'address'])

/** Puts `x_friendly` beside every field `x` of `data` that holds a TON address. What the schema of the answer lacks, stays out. */
export function answerFriendly(app: FastifyInstance): void {
  app.addHook('preSerialization', async (_request, _reply, payload: unknown) => {
    if (!isRecord(payload) || !('data' in payload)) return payload
    const { data } = payload
    return { ...payload, data: Array.isArray(data) ? data.map(withFriendly) : withFriendly(data) }
  })
}

function withFriendly(item: unknown): unknown {
  if (!isRecord(item)) return item
  const shown: Record<string, unknown> = { ...item }
  for (const [field, value] of Object.entries(item)) {
    const form = typeof value === 'string' ? friendlyAddress(value, CONTRACTS.has(field)) : null
    if (form !== null) shown[`${field}_friendly`] = form
  }
  return shown
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
