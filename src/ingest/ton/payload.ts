import { z } from 'zod'
import { saleState } from './saleState.js'
import type { TonMessage, TonTransaction } from './wire.js'

/*
 * What `raw_payload` holds of a TON transaction: the transaction as far as it is read, and what the contracts said when it was read.
 * Parsing needs nothing else, so it can be repeated years later without asking anybody.
 */

/** Of the workchains that there are: what names another cannot be stored. */
const address = z.string().regex(/^(0|-1):[0-9a-f]{64}$/)

const item = z.object({
  address,
  collection: address.nullable(),
  /** The item's index in its collection, up to 256 bits, as a decimal string; null when it gave none. */
  index: z.string().nullable(),
})
/** An item whose collection (if it names one) has confirmed it. */
export type Item = z.infer<typeof item>

const message = z.object({
  /** null for a message from outside. */
  source: address.nullable(),
  /** null for an event message. */
  destination: address.nullable(),
  value: z.string(),
  /** The body in hexadecimal as TonAPI gave it; null when it is empty. */
  body: z.string().nullable(),
})
export type PayloadMessage = z.infer<typeof message>

const evidence = z.object({
  item: item.nullable(),
  /** Why the transaction says nothing, although it looks as if it did: kept for who wonders. */
  reason: z.string().optional(),
  /** What no endpoint could read of the accounts that are named: the event is a dead letter, whatever of it is known. */
  unread: z.string().optional(),
  /** Who owned the item before the transaction, and after it; null: nobody. Missing where the transaction itself says it. */
  ownerBefore: address.nullable().optional(),
  ownerAfter: address.nullable().optional(),
  /** Sale contracts among the accounts that are named, by address, as of the transaction: the giver's before it gave. */
  sales: z.record(address, saleState),
  /** The message upon which the sale contract gave the item away. Missing where that is not known: its state may be of later then. */
  release: message.optional(),
})
export type Evidence = z.infer<typeof evidence>

export const tonPayload = z.object({
  lt: z.string(),
  time: z.int(),
  /** Status of the account before and after. */
  status: z.tuple([z.string(), z.string()]),
  destroyed: z.boolean(),
  in: message.nullable(),
  out: z.array(message),
  evidence,
})
export type TonPayload = z.infer<typeof tonPayload>

/**
 * Whether an account came to life between two statuses. One that was frozen because its rent was not paid, and is paid for, is what it
 * was before: nothing is deployed.
 */
export function cameToLife(before: string, after: string): boolean {
  return after === 'active' && before !== 'active' && before !== 'frozen'
}

/** The message that a transaction took, and those that it sent. */
export function messagesOf({ in_msg, out_msgs }: TonTransaction): Pick<TonPayload, 'in' | 'out'> {
  return { in: in_msg === undefined ? null : messageOf(in_msg), out: out_msgs.map(messageOf) }
}

/** The payload of a transaction. */
export function payloadOf(transaction: TonTransaction, found: Evidence): TonPayload {
  const { lt, utime, orig_status, end_status, destroyed } = transaction
  return {
    lt: lt.toString(),
    time: utime,
    status: [orig_status, end_status],
    destroyed,
    ...messagesOf(transaction),
    evidence: found,
  }
}

function messageOf({ source, destination, value, raw_body }: TonMessage): PayloadMessage {
  return {
    source: source?.address ?? null,
    destination: destination?.address ?? null,
    value: value.toString(),
    body: raw_body === undefined || raw_body === '' ? null : raw_body,
  }
}
