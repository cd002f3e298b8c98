import type { FastifyInstance } from 'fastify'
import { friendlyAddress } from '../core/address.js'

/** Fields that name contracts; the others that hold an address name accounts. */
const CONTRACTS: ReadonlySet<string> = new Set(['contract', 'address', 'market', 'currency'])

/** Lengths of a raw TON address, by which most values are passed over without a closer look. */
const RAW_LENGTHS: ReadonlySet<number> = new Set([66, 67])

/** An account as lists of holders name it, for answers that do not pass `answerFriendly`: raw, on TON friendly as well. */
export function accountFields(account: string): { account_address: string; account_address_friendly?: string } {
  const form = friendlyAddress(account, false)
  return { account_address: account, ...(form === null ? {} : { account_address_friendly: form }) }
}

/** Puts `x_friendly` beside every field `x` of `data` that holds a TON address. What the schema of the answer lacks, stays out. */
export function answerFriendly(app: FastifyInstance): void {
  app.addHook('preSerialization', async (_request, _reply, payload: unknown) => {
    if (isRecord(payload) && 'data' in payload) addFriendly(payload['data'])
    return payload
  })
}

/** Answers are made anew for every request, so they are changed in place. */
function addFriendly(data: unknown): void {
  if (Array.isArray(data)) {
    for (const item of data) addFriendly(item)
    return
  }
  if (!isRecord(data)) return
  // Not Object.entries: this runs over every field of every answer.
  for (const field in data) {
    const value = data[field]
    if (typeof value === 'object') addFriendly(value)
    if (typeof value !== 'string' || !RAW_LENGTHS.has(value.length)) continue
    const form = friendlyAddress(value, CONTRACTS.has(field))
    if (form !== null) data[`${field}_friendly`] = form
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
