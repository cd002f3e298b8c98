import { FtError } from '../../core/errors.js'
import type { BlockHeader } from '../adapter.js'

/*
 * Validators of node answers, written by hand because they run for every log. Addresses and hashes come out in lower case.
 */

/** A header with its bloom filter (`0x` and 512 hex digits). */
export interface EvmHeader extends BlockHeader {
  readonly logsBloom: string
}

/** A log of eth_getLogs. */
export interface WireLog {
  readonly address: string
  readonly topics: readonly string[]
  readonly data: string
  readonly blockNumber: number
  readonly blockHash: string
  readonly txHash: string
  readonly txIndex: number
  readonly logIndex: number
}

const QUANTITY = /^0x[0-9a-f]{1,16}$/i
const HASH = /^0x[0-9a-f]{64}$/i
const ADDRESS = /^0x[0-9a-f]{40}$/i
const DATA = /^0x(?:[0-9a-f]{2})*$/i
const BLOOM = /^0x[0-9a-f]{512}$/i

/** The error for a well-formed answer whose content cannot be right. */
export function wrong(endpoint: string, why: string): FtError {
  return new FtError('rpc_invalid', `${endpoint} gave an answer that cannot be right: ${why}`, {
    details: { endpoint },
  })
}

/** A quantity (`0x…`) as a number. @throws FtError rpc_invalid when it is none, or beyond 2^53 */
export function quantity(endpoint: string, name: string, value: unknown): number {
  const number = typeof value === 'string' && QUANTITY.test(value) ? Number(value) : Number.NaN
  if (!Number.isSafeInteger(number)) throw wrong(endpoint, `${name} is not a quantity`)
  return number
}

/**
 * The header in an answer to eth_getBlockByNumber, or null for a block that the endpoint does not have.
 * @throws FtError rpc_invalid for missing fields and wrong types, and when the header is of another height than `expected`
 */
export function parseHeader(endpoint: string, value: unknown, expected?: number): EvmHeader | null {
  if (value === null) return null
  const fields = fieldsOf(endpoint, 'the block', value)
  const header = {
    number: quantity(endpoint, 'number of the block', fields['number']),
    hash: text(endpoint, 'hash of the block', fields['hash'], HASH),
    parentHash: text(endpoint, 'parentHash of the block', fields['parentHash'], HASH),
    time: quantity(endpoint, 'timestamp of the block', fields['timestamp']),
    logsBloom: text(endpoint, 'logsBloom of the block', fields['logsBloom'], BLOOM),
  }
  if (expected !== undefined && header.number !== expected) {
    throw wrong(endpoint, `block ${header.number} came instead of ${expected}`)
  }
  return header
}

/**
 * The logs in an answer to eth_getLogs, in the order they came.
 * @throws FtError rpc_invalid for missing fields and wrong types, and for logs that are marked as removed
 */
export function parseLogs(endpoint: string, value: unknown): WireLog[] {
  if (!Array.isArray(value)) throw wrong(endpoint, 'the logs are not a list')
  return value.map((item: unknown) => parseLog(endpoint, item))
}

/**
 * The logs in an answer to eth_getBlockReceipts, in the order of the receipts.
 * @throws FtError rpc_invalid as parseLogs
 */
export function parseReceiptLogs(endpoint: string, value: unknown): WireLog[] {
  if (!Array.isArray(value)) throw wrong(endpoint, 'the receipts are not a list')
  return value.flatMap((item: unknown) => parseLogs(endpoint, fieldsOf(endpoint, 'a receipt', item)['logs']))
}

function parseLog(endpoint: string, value: unknown): WireLog {
  const fields = fieldsOf(endpoint, 'a log', value)
  const { topics, removed } = fields
  if (removed === true) throw wrong(endpoint, 'a log of an orphaned block (removed) is among the logs')
  if (!Array.isArray(topics) || topics.length > 4) throw wrong(endpoint, 'topics of a log are not a list of up to four')
  return {
    address: text(endpoint, 'address of a log', fields['address'], ADDRESS),
    topics: topics.map((topic: unknown) => text(endpoint, 'a topic', topic, HASH)),
    data: text(endpoint, 'data of a log', fields['data'], DATA),
    blockNumber: quantity(endpoint, 'blockNumber of a log', fields['blockNumber']),
    blockHash: text(endpoint, 'blockHash of a log', fields['blockHash'], HASH),
    txHash: text(endpoint, 'transactionHash of a log', fields['transactionHash'], HASH),
    txIndex: quantity(endpoint, 'transactionIndex of a log', fields['transactionIndex']),
    logIndex: quantity(endpoint, 'logIndex of a log', fields['logIndex']),
  }
}

function fieldsOf(endpoint: string, name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw wrong(endpoint, `${name} is not an object`)
  return value
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(endpoint: string, name: string, value: unknown, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw wrong(endpoint, `${name} is missing or malformed`)
  return value.toLowerCase()
}
