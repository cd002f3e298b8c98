import { EVM_ZERO } from '../../../src/core/address.js'
import { CONSECUTIVE_TRANSFER, TRANSFER, TRANSFER_BATCH, TRANSFER_SINGLE } from '../../../src/ingest/evm/topics.js'
import type { LogSpec } from './chain.js'

export const ZERO = EVM_ZERO

/** The n-th of a family of made-up addresses. */
export function address(family: string, n: number): string {
  return `0x${Buffer.from(family).toString('hex').slice(0, 20).padEnd(20, '0')}${n.toString(16).padStart(20, '0')}`
}

/** A word of 32 bytes: an address or a number. */
export function word(value: string | bigint | number): string {
  return typeof value === 'string' ? value.slice(2).padStart(64, '0') : value.toString(16).padStart(64, '0')
}

/** A word as an indexed argument. */
export function topic(value: string | bigint | number): string {
  return `0x${word(value)}`
}

interface Move {
  readonly contract: string
  readonly from: string
  readonly to: string
  readonly tx?: string
}

function named(tx: string | undefined): { tx?: string } {
  return tx === undefined ? {} : { tx }
}

/** ERC-721 Transfer. */
export function transfer721({ contract, from, to, tokenId, tx }: Move & { tokenId: bigint }): LogSpec {
  return { address: contract, topics: [TRANSFER, topic(from), topic(to), topic(tokenId)], data: '0x', ...named(tx) }
}

/** ERC-20 Transfer, which has the same topic0. */
export function transfer20({ contract, from, to, tx }: Move): LogSpec {
  return { address: contract, topics: [TRANSFER, topic(from), topic(to)], data: topic(5), ...named(tx) }
}

/** ERC-1155 TransferSingle. */
export function single({ contract, from, to, tokenId, value, tx }: Move & { tokenId: bigint; value: bigint }): LogSpec {
  const topics = [TRANSFER_SINGLE, topic(from), topic(from), topic(to)]
  return { address: contract, topics, data: `${topic(tokenId)}${word(value)}`, ...named(tx) }
}

/** ERC-1155 TransferBatch; ids and values may differ in number. */
export function batch({
  contract,
  from,
  to,
  ids,
  values,
  tx,
}: Move & { ids: readonly bigint[]; values: readonly bigint[] }): LogSpec {
  const second = 64 + 32 * (ids.length + 1)
  const words = [64, second, ids.length, ...ids, values.length, ...values]
  const topics = [TRANSFER_BATCH, topic(from), topic(from), topic(to)]
  return { address: contract, topics, data: `0x${words.map(word).join('')}`, ...named(tx) }
}

/** ERC-2309 ConsecutiveTransfer. */
export function consecutive({ contract, from, to, first, last, tx }: Move & { first: bigint; last: bigint }): LogSpec {
  const topics = [CONSECUTIVE_TRANSFER, topic(first), topic(from), topic(to)]
  return { address: contract, topics, data: topic(last), ...named(tx) }
}
