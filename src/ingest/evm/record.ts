import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { EVM_ZERO } from '../../core/address.js'
import { FtError } from '../../core/errors.js'
import type { Fact, RawEvent } from '../../core/events.js'
import { createEndpoints } from '../resilience.js'
import { chainEvents } from './chainEvents.js'
import { httpTransport } from './http.js'
import { logOf } from './log.js'
import { checkLogs, mergeLogs } from './logs.js'
import { marketTopics } from './marketplaces/registry.js'
import { parseEvm } from './parse.js'
import { readFinalized, readHeader } from './read.js'
import { createRpc, newRpcState, type Rpc } from './rpc.js'
import { TRANSFER_BATCH, TRANSFER_TOPICS } from './topics.js'
import { type EvmHeader, parseLogs, quantity, type WireLog } from './wire.js'

export interface RecordOptions {
  /** An http(s) endpoint of the chain. Its keys do not reach the file. */
  readonly rpcUrl: string
  readonly network: string
  /** First and last height, inclusive. */
  readonly from: number
  readonly to: number
  /** File to write. */
  readonly out: string
  /** Where the recording says it comes from; default: network and host. */
  readonly source?: string
}

/** What was recorded. `counts` has the fields of the file's `expectCounts`. */
export interface RecordSummary {
  readonly blocks: number
  readonly counts: Readonly<Record<string, number>>
}

const FILTER_TOPICS: readonly string[] = [...TRANSFER_TOPICS, ...marketTopics]

/**
 * Writes a recording of the blocks `from` … `to`: their headers, every log with one of the topics that are read (ERC-20 too),
 * and what they mean as our own parser has it today. A later parser is then held to it.
 * @throws FtError config_invalid for a range that is none; rpc_invalid when the blocks are no chain; errors of `ChainAdapter`
 */
export async function recordRange(options: RecordOptions): Promise<RecordSummary> {
  const { network, from, to } = options
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from > to) {
    throw new FtError('config_invalid', `blocks ${from} to ${to} are no range: give two heights, the lower one first`)
  }
  const endpoints = createEndpoints({ network, urls: [options.rpcUrl] })
  const state = newRpcState()
  const transports: { close(): Promise<void> }[] = []
  try {
    return await endpoints.run(async (endpoint) => {
      const transport = httpTransport(endpoint)
      transports.push(transport)
      return await record(createRpc(endpoint, transport, state), options)
    })
  } finally {
    endpoints.close()
    await Promise.all(transports.map((transport) => transport.close()))
  }
}

async function record(rpc: Rpc, options: RecordOptions): Promise<RecordSummary> {
  const { network, from, to, out } = options
  const { name } = rpc.endpoint
  const chainId = quantity(name, 'the chain id', await rpc.call('eth_chainId', []))
  const blocks: RecordedBlock[] = []
  for (let height = from; height <= to; height += 1) {
    blocks.push(await recordBlock(rpc, chainId, height, blocks.at(-1)?.header))
  }
  const logs = blocks.flatMap((block) => block.logs)
  const meaning = meaningOf(chainId, blocks)
  const counts = countsOf(meaning.expect, logs.length)
  const finalized = await readFinalized(rpc)
  const isFinal = finalized !== null && finalized.number >= to
  await writeFile(
    out,
    recordingJson({
      source: options.source ?? `${network} over JSON-RPC, ${name}`,
      chainId,
      description: `Blocks ${from} to ${to}: every log that an eth_getLogs call with filterTopics0 as topics[0] alternatives returns.`,
      verified: {
        header: `chained by parentHash; ${isFinal ? 'finalized' : 'not finalized'} when recorded; hashes as given`,
        logs: 'asked for by block hash, in order, in the header bloom',
        expect:
          'as the parser of ft.supply understood the logs when they were recorded; expectState from a plain sum of it',
      },
      filterTopics0: FILTER_TOPICS,
      blocks: blocks.map(blockJson),
      logs: logs.map(logJson),
      ...meaning,
      expectDefault: 'ignored',
      expectCounts: counts,
    }),
  )
  return { blocks: blocks.length, counts }
}

interface RecordedBlock {
  readonly header: EvmHeader
  readonly logs: readonly WireLog[]
}

async function recordBlock(
  rpc: Rpc,
  chainId: number,
  height: number,
  parent: EvmHeader | undefined,
): Promise<RecordedBlock> {
  const { name } = rpc.endpoint
  const header = await readHeader(rpc, height)
  if (parent !== undefined && header.parentHash !== parent.hash) {
    throw new FtError('rpc_invalid', `block ${height} does not follow block ${parent.number}: record finalized blocks`)
  }
  const answer = await rpc.call('eth_getLogs', [{ blockHash: header.hash, topics: [FILTER_TOPICS] }])
  const logs = mergeLogs(name, [parseLogs(name, answer)])
  checkLogs(name, chainId, header, logs)
  return { header, logs }
}

type Entry = Readonly<Record<string, unknown>> & { readonly kind: string; readonly log: number }

function meaningOf(chainId: number, blocks: readonly RecordedBlock[]): { expect: Entry[]; expectState: object[] } {
  const owners = new Map<string, string>()
  const balances = new Map<string, bigint>()
  const expect: Entry[] = []
  const expectState: object[] = []
  let firstLog = 0
  for (const { header, logs } of blocks) {
    const events = chainEvents(chainId, logs, { select: () => logs }).map((event) => ({
      ...event,
      blockNumber: header.number,
      fork: 0,
    }))
    const { facts, failures } = parseEvm(events)
    for (const [index, event] of events.entries()) {
      const place = placeOf(event, firstLog + index)
      const isOfEvent = ({ sourceEventId }: { sourceEventId: string }): boolean => sourceEventId === event.sourceEventId
      for (const fact of facts.filter(isOfEvent)) expect.push({ ...place, ...factJson(fact, event) })
      for (const { reason } of failures.filter(isOfEvent)) expect.push({ ...place, kind: 'ignored', reason })
    }
    for (const fact of facts) hold(fact, owners, balances)
    expectState.push(stateOf(header.number, owners, balances))
    firstLog += logs.length
  }
  return { expect, expectState }
}

function placeOf(event: RawEvent, log: number): { log: number; block: number; logIndex: string; txHash: string } {
  return { log, block: event.blockNumber, logIndex: hex(event.position), txHash: event.txHash }
}

function factJson(fact: Fact, event: RawEvent): Readonly<Record<string, unknown>> & { kind: string } {
  if (fact.details !== null) return marketJson(fact.kind, fact.details)
  const { topics } = logOf(event)
  const operator = fact.standard === 'erc1155' ? { operator: `0x${String(topics[1]).slice(26)}` } : {}
  return {
    ...(topics[0] === TRANSFER_BATCH ? { batchIndex: fact.subIndex } : {}),
    kind: fact.kind,
    standard: fact.standard,
    contract: fact.contract,
    tokenId: String(fact.tokenId),
    from: fact.from ?? EVM_ZERO,
    to: fact.to ?? EVM_ZERO,
    quantity: String(fact.quantity),
    ...operator,
  }
}

/** A market fact in the words of the recordings, which are Seaport's and older than `core/market.ts`. */
export function marketJson(
  kind: string,
  details: NonNullable<Fact['details']>,
): Readonly<Record<string, unknown>> & { kind: string } {
  const single = 'items' in details && details.items.length === 1 ? details.items[0] : {}
  return {
    ...single,
    ...details,
    ...('order' in details ? { orderHash: details.order } : {}),
    ...('maker' in details ? { offerer: details.maker } : {}),
    ...('counter' in details ? { newCounter: details.counter } : {}),
    ...(kind === 'cancel' ? { scope: 'order' } : {}),
    ...(kind === 'cancel_all' ? { scope: 'all-orders-of-offerer' } : {}),
    kind: kind === 'cancel_all' ? 'cancel' : kind,
  }
}

/** The plain model: an ERC-721 belongs to whom it went last, an ERC-1155 balance is a sum. */
function hold(fact: Fact, owners: Map<string, string>, balances: Map<string, bigint>): void {
  if (fact.details !== null) return
  const asset = `${fact.contract}:${fact.tokenId}`
  if (fact.standard === 'erc721') {
    if (fact.to === null) owners.delete(asset)
    else owners.set(asset, fact.to)
    return
  }
  const add = (account: string | null, change: bigint): void => {
    if (account !== null) balances.set(`${asset}:${account}`, (balances.get(`${asset}:${account}`) ?? 0n) + change)
  }
  add(fact.from, -fact.quantity)
  add(fact.to, fact.quantity)
}

function stateOf(block: number, owners: ReadonlyMap<string, string>, balances: ReadonlyMap<string, bigint>): object {
  const held = [...balances].filter(([, quantity]) => quantity !== 0n)
  return {
    afterBlock: block,
    erc721Owners: owners.size,
    erc721Digest: digest([...owners].map(([asset, owner]) => `${asset}:${owner}`)),
    erc1155Deltas: held.length,
    erc1155Digest: digest(held.map(([holding, quantity]) => `${holding}:${quantity}`)),
  }
}

function digest(lines: string[]): string {
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex')
}

function countsOf(expect: readonly Entry[], logs: number): Record<string, number> {
  const told = expect.filter(({ kind }) => kind !== 'ignored')
  const of = (wanted: string): number => expect.filter(({ kind }) => kind === wanted).length
  return {
    ...{ mint: of('mint'), transfer: of('transfer'), burn: of('burn'), sale: of('sale'), cancel: of('cancel') },
    ...{ logs, logsIgnored: logs - new Set(told.map(({ log }) => log)).size },
  }
}

function blockJson({ header, logs }: RecordedBlock): object {
  const { number, hash, parentHash, time } = header
  return { number: hex(number), hash, parentHash, timestamp: hex(time), logsKept: logs.length }
}

function logJson(log: WireLog): object {
  return {
    ...{ address: log.address, topics: log.topics, data: log.data },
    ...{ blockNumber: hex(log.blockNumber), blockHash: log.blockHash },
    ...{ transactionHash: log.txHash, transactionIndex: hex(log.txIndex) },
    ...{ logIndex: hex(log.logIndex), removed: false },
  }
}

function hex(number: number): string {
  return `0x${number.toString(16)}`
}

/** JSON with one line for each field, and for each item of a list of objects: so that a difference can be read. */
function recordingJson(recording: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(recording).map(([name, value]) => {
    const isList = Array.isArray(value) && value.some((item) => typeof item === 'object')
    const text = isList
      ? `[\n    ${value.map((item) => JSON.stringify(item)).join(',\n    ')}\n  ]`
      : JSON.stringify(value)
    return `  ${JSON.stringify(name)}: ${text}`
  })
  return `{\n${lines.join(',\n')}\n}\n`
}
