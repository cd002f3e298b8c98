import type { BenchChain } from './chain.js'
import { getLogs, type Limits } from './getLogs.js'
import { quantity } from './hexWords.js'
import { Refusal } from './refusal.js'
import { CHAIN_ID, collections } from './shape.js'
import type { StoredBlock } from './store.js'

/** How the chain is served. */
export interface Service {
  readonly chain: BenchChain
  readonly limits: Limits
  /** Blocks between head and finalized block. */
  readonly finalityDepth: number
  /** Calls so far by method, and logs sent. */
  readonly calls: Map<string, number>
  logsSent: number
  /** When each live block could first be read, by height: milliseconds since 1970. */
  readonly published: Map<number, number>
  /** Adds a live block, takes blocks back: tells the listeners. */
  readonly mine: (events: number) => StoredBlock
  readonly reorg: (depth: number, events: number) => StoredBlock
}

/** The result of a call as JSON text in pieces. @throws Refusal */
export function answer(service: Service, method: string, params: readonly unknown[]): readonly (string | Buffer)[] {
  service.calls.set(method, (service.calls.get(method) ?? 0) + 1)
  if (method === 'eth_getLogs') return logsAnswer(service, params[0])
  if (method === 'eth_getBlockByNumber') return [headerText(service.chain, blockAt(service, String(params[0])))]
  if (method === 'eth_getBlockByHash')
    return [headerText(service.chain, service.chain.byHash(String(params[0]).toLowerCase()))]
  return [JSON.stringify(plainAnswer(service, method, params))]
}

function logsAnswer(service: Service, filter: unknown): readonly (string | Buffer)[] {
  const { parts, count } = getLogs(service.chain, filter, service.limits)
  service.logsSent += count
  const pieces: (string | Buffer)[] = ['[']
  for (const [index, part] of parts.entries()) {
    if (index > 0) pieces.push(',')
    pieces.push(part)
  }
  pieces.push(']')
  return pieces
}

function plainAnswer(service: Service, method: string, params: readonly unknown[]): unknown {
  const { chain } = service
  const [first, second] = params
  switch (method) {
    case 'eth_chainId':
      return quantity(CHAIN_ID)
    case 'net_version':
      return String(CHAIN_ID)
    case 'web3_clientVersion':
      return 'bench-chain/1'
    case 'eth_syncing':
      return false
    case 'eth_blockNumber':
      return quantity(chain.head.number)
    default:
      return benchAnswer(service, method, Number(first), Number(second))
  }
}

/** What no chain has: the truth, and control over the chain. */
function benchAnswer(service: Service, method: string, first: number, second: number): unknown {
  const { chain, calls, logsSent, published } = service
  switch (method) {
    case 'bench_truth':
      if (collections[first] === undefined) throw new Refusal(-32602, `there is no collection ${first}`)
      return chain.activity.truth(first)
    case 'bench_stats':
      return {
        ...chain.activity.counts,
        holdings: chain.activity.holdings(),
        head: chain.head.number,
        logBytes: chain.file.length,
        rssBytes: process.memoryUsage.rss(),
        logsSent,
        calls: Object.fromEntries(calls),
      }
    case 'bench_published':
      return [...published]
    case 'bench_mine':
      return quantity(service.mine(first).number)
    case 'bench_reorg':
      return quantity(service.reorg(first, second).number)
    default:
      throw new Refusal(-32601, `the method ${method} does not exist/is not available`)
  }
}

function blockAt({ chain, finalityDepth }: Service, tag: string): StoredBlock | undefined {
  const head = chain.head.number
  if (tag === 'finalized' || tag === 'safe') return chain.block(Math.max(0, head - finalityDepth))
  if (tag === 'earliest') return chain.block(0)
  return tag.startsWith('0x') ? chain.block(Number(tag)) : chain.head
}

/** The JSON text of a block's header; `null` for no block. */
export function headerText(chain: BenchChain, block: StoredBlock | undefined): string | Buffer {
  return block === undefined ? 'null' : chain.file.read(block.headerOffset, block.headerLength)
}
