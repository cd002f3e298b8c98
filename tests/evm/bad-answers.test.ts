import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/core/errors.js'
import type { ChainAdapter } from '../../src/ingest/adapter.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { buildChain, hashOf } from '../support/replay/chain.js'
import type { Fault } from '../support/replay/faults.js'
import { type Replay, startReplay } from '../support/replay/server.js'
import { address, transfer721, ZERO } from '../support/replay/specs.js'

const contract = address('nft', 1)
const mint = (tokenId: bigint) => transfer721({ contract, from: ZERO, to: address('user', 1), tokenId })

let replay: Replay
/** Makes one attempt: the error itself is looked at, not what failover makes of it. */
let adapter: ChainAdapter
let healthy: ChainAdapter

beforeAll(async () => {
  const chain = buildChain([[mint(1n), mint(2n)], [mint(3n)], [], [mint(4n)]])
  replay = await startReplay(chain, { finalized: 2 })
  healthy = replayAdapter([replay.url])
})

beforeEach(async () => {
  adapter = replayAdapter([replay.url], { rounds: 1, timeoutMs: 1_000 })
  await adapter.start()
})

afterEach(() => adapter.close())

afterAll(async () => {
  await healthy.close()
  await replay.close()
})

const eachLog =
  (change: (log: Record<string, unknown>) => unknown) =>
  (result: unknown): unknown =>
    Array.isArray(result) ? result.map((log: unknown) => (isRecord(log) ? change({ ...log }) : log)) : result

const without =
  (...names: readonly string[]) =>
  (fields: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))

const withFields = (more: Record<string, unknown>) => (fields: Record<string, unknown>) => ({ ...fields, ...more })

const header =
  (change: (fields: Record<string, unknown>) => unknown) =>
  (result: unknown): unknown =>
    isRecord(result) ? change({ ...result }) : result

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const logs = (change: (result: unknown) => unknown): Fault => ({ kind: 'result', method: 'eth_getLogs', change })
const block = (change: (result: unknown) => unknown): Fault => ({
  kind: 'result',
  method: 'eth_getBlockByNumber',
  change,
})
const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const anyRequest: readonly [string, Fault, ErrorCode][] = [
  ['HTTP 429', { kind: 'status', status: 429 }, 'rate_limited'],
  ['HTTP 500', { kind: 'status', status: 500 }, 'rpc_transient'],
  ['HTTP 503 with HTML', { kind: 'status', status: 503, body: '<html>busy</html>' }, 'rpc_transient'],
  ['HTTP 401', { kind: 'status', status: 401 }, 'rpc_fatal'],
  ['HTTP 403', { kind: 'status', status: 403 }, 'rpc_fatal'],
  ['a dropped connection', { kind: 'drop' }, 'rpc_transient'],
  ['no answer at all', { kind: 'hang' }, 'rpc_transient'],
  ['a body shorter than announced', { kind: 'short' }, 'rpc_transient'],
  ['half a body', { kind: 'cut' }, 'rpc_invalid'],
  ['HTML instead of JSON', { kind: 'body', body: '<!doctype html><p>hello' }, 'rpc_invalid'],
  ['an empty body', { kind: 'body', body: '' }, 'rpc_invalid'],
  ['a JSON number', { kind: 'body', body: '7' }, 'rpc_invalid'],
  ['null', { kind: 'body', body: 'null' }, 'rpc_invalid'],
  ['an internal error', { kind: 'error', code: -32603, message: 'internal error' }, 'rpc_transient'],
  ['a missing method', { kind: 'error', code: -32601, message: 'method not found' }, 'rpc_fatal'],
]

const batchAnswers: readonly [string, Fault, ErrorCode][] = [
  ['ids that were not asked', envelope((list) => list.map((item) => ({ ...item, id: 999 }))), 'rpc_invalid'],
  ['ids as text', envelope((list) => list.map((item) => ({ ...item, id: String(item['id']) }))), 'rpc_invalid'],
  ['a missing answer', envelope((list) => list.slice(1)), 'rpc_invalid'],
  ['an answer too many', envelope((list) => [...list, { jsonrpc: '2.0', id: 5_000, result: '0x1' }]), 'rpc_invalid'],
  ['answers without result', envelope((list) => list.map(without('result'))), 'rpc_invalid'],
  [
    'one failed call among good ones',
    envelope((list) => [...list.slice(0, -1), { id: list.at(-1)?.['id'], error: { code: -1, message: 'no' } }]),
    'rpc_transient',
  ],
]

function envelope(change: (list: readonly Record<string, unknown>[]) => unknown): Fault {
  return { kind: 'envelope', method: 'eth_getLogs', change: (answer) => change(items(answer).filter(isRecord)) }
}

const anyLogs: readonly [string, Fault, ErrorCode][] = [
  ['logs that are no list', logs(() => ({})), 'rpc_invalid'],
  ['logs that are null', logs(() => null), 'rpc_invalid'],
  ['a log that is a text', logs(() => ['0x']), 'rpc_invalid'],
  ['a log without address', logs(eachLog(without('address'))), 'rpc_invalid'],
  ['a log without topics', logs(eachLog(without('topics'))), 'rpc_invalid'],
  ['a log without block hash', logs(eachLog(without('blockHash'))), 'rpc_invalid'],
  ['a pending log (null hash)', logs(eachLog(withFields({ blockHash: null }))), 'rpc_invalid'],
  ['a log without log index', logs(eachLog(without('logIndex'))), 'rpc_invalid'],
  ['a log index as number', logs(eachLog(withFields({ logIndex: 3 }))), 'rpc_invalid'],
  ['a log index beyond 2^53', logs(eachLog(withFields({ logIndex: '0xffffffffffffffff' }))), 'rpc_invalid'],
  ['an address of 19 bytes', logs(eachLog(withFields({ address: `0x${'11'.repeat(19)}` }))), 'rpc_invalid'],
  ['a topic of 31 bytes', logs(eachLog(withFields({ topics: [`0x${'11'.repeat(31)}`] }))), 'rpc_invalid'],
  ['five topics', logs(eachLog(withFields({ topics: Array(5).fill(hashOf('t')) }))), 'rpc_invalid'],
  ['data of odd length', logs(eachLog(withFields({ data: '0x123' }))), 'rpc_invalid'],
  ['data that is not hexadecimal', logs(eachLog(withFields({ data: '0xzz' }))), 'rpc_invalid'],
  ['a removed log', logs(eachLog(withFields({ removed: true }))), 'rpc_invalid'],
  ['logs of another block hash', logs(eachLog(withFields({ blockHash: hashOf('other') }))), 'rpc_invalid'],
  ['logs of another height', logs(eachLog(withFields({ blockNumber: '0x999' }))), 'rpc_invalid'],
  ['logs in reverse order', logs((result) => [...items(result)].reverse()), 'rpc_invalid'],
  ['a log twice', logs((result) => items(result).flatMap((log) => [log, log])), 'rpc_invalid'],
  [
    'a log whose emitter is not in the bloom',
    logs(eachLog(withFields({ address: address('liar', 1) }))),
    'rpc_invalid',
  ],
  ['a header without hash', block(header(without('hash'))), 'rpc_invalid'],
  ['a header without parent', block(header(without('parentHash'))), 'rpc_invalid'],
  ['a header without time', block(header(without('timestamp'))), 'rpc_invalid'],
  ['a header without bloom', block(header(without('logsBloom'))), 'rpc_invalid'],
  ['a header with a short bloom', block(header(withFields({ logsBloom: '0x00' }))), 'rpc_invalid'],
  ['a header whose number is a number', block(header(withFields({ number: 1 }))), 'rpc_invalid'],
  ['a header of another height', block(header(withFields({ number: '0x63' }))), 'rpc_invalid'],
  ['a header that is a text', block(() => 'latest'), 'rpc_invalid'],
  ['no block', block(() => null), 'block_unknown'],
]

describe('a bad answer is a typed error, never partial data', () => {
  test.each([...anyRequest, ...anyLogs])('block: %s', async (_, fault, code) => {
    replay.faults.add(fault)
    await expect(adapter.block(1)).rejects.toMatchObject({ name: 'FtError', code })
    expect(replay.faults.left).toBe(0)
    expect((await healthy.block(1)).events).toHaveLength(2)
  })

  test.each([...anyRequest, ...batchAnswers, ...anyLogs])('range: %s', async (_, fault, code) => {
    replay.faults.add(fault)
    await expect(adapter.range(1, 2)).rejects.toMatchObject({ name: 'FtError', code })
    expect(replay.faults.left).toBe(0)
    expect((await healthy.range(1, 2)).blocks).toHaveLength(2)
  })

  test.each([...anyRequest, ...anyLogs.filter(([name]) => name.includes('header'))])(
    'head: %s',
    async (name, fault, code) => {
      replay.faults.add(fault)
      const answer = adapter.head()
      if (name === 'a header of another height') expect((await answer).number).toBe(0x63)
      else await expect(answer).rejects.toMatchObject({ name: 'FtError', code })
    },
  )

  test('range: an endpoint behind the end of the range is not believed', async () => {
    replay.setHead(3)
    await expect(adapter.range(1, 4)).rejects.toMatchObject({ code: 'rpc_transient' })
    replay.setHead(4)
    expect((await adapter.range(1, 4)).last.number).toBe(4)
  })

  test('block: a bloom without the log of a token is not believed, neither its address nor its topics', async () => {
    for (const missing of [{ topics: [hashOf('no'), hashOf('such'), hashOf('log'), hashOf('here')] }]) {
      replay.faults.add(logs(eachLog(withFields(missing))))
      await expect(adapter.block(1)).rejects.toMatchObject({ code: 'rpc_invalid' })
    }
  })

  test('a rate limit says how long to wait', async () => {
    replay.faults.add({ kind: 'status', status: 429, headers: { 'retry-after': '7' } })
    await expect(adapter.head()).rejects.toMatchObject({ code: 'rate_limited', details: { retryAfterMs: 7_000 } })
  })
})
