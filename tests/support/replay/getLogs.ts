import type { ReplayBlock, ReplayChain, ReplayLog } from './chain.js'

/** The argument of eth_getLogs. */
export interface LogQuery {
  readonly fromBlock?: string
  readonly toBlock?: string
  readonly blockHash?: string
  readonly address?: string | readonly string[]
  readonly topics?: readonly (string | readonly string[] | null)[]
}

/** An error object of JSON-RPC. */
export class RpcRefusal extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * The logs of a query as go-ethereum and Bor answer it: a range that goes beyond the head ends at the head without a word, a
 * hash that is not canonical is an error, and a log with fewer topics than the filter has positions does not match, null or not.
 */
export function getLogs(chain: ReplayChain, head: number, query: LogQuery): readonly ReplayLog[] {
  return blocksOf(chain, head, query)
    .flatMap(({ logs }) => logs)
    .filter((log) => matches(log, query))
}

function blocksOf(chain: ReplayChain, head: number, query: LogQuery): readonly ReplayBlock[] {
  const { blockHash } = query
  if (blockHash !== undefined) {
    const block = findBlock(chain, head, blockHash)
    if (block === undefined) throw new RpcRefusal(-32000, 'unknown block')
    return [block]
  }
  const from = heightOf(query.fromBlock, head)
  const to = heightOf(query.toBlock, head)
  if (from > to) throw new RpcRefusal(-32000, 'invalid block range params')
  return chain.withLogs.filter(({ number }) => number >= from && number <= Math.min(to, head))
}

/** The canonical block with this hash, up to the head. */
export function findBlock(chain: ReplayChain, head: number, hash: string): ReplayBlock | undefined {
  const known = chain.withLogs.find((block) => block.hash === hash && block.number <= head)
  if (known !== undefined) return known
  for (let number = head; number >= Math.max(0, head - 1_000); number -= 1) {
    const block = chain.block(number)
    if (block?.hash === hash) return block
  }
  return undefined
}

function heightOf(text: string | undefined, head: number): number {
  return text === undefined || text === 'latest' ? head : Number(text)
}

function matches(log: ReplayLog, { address, topics = [] }: LogQuery): boolean {
  const addresses = address === undefined ? [] : typeof address === 'string' ? [address] : address
  if (addresses.length > 0 && !addresses.includes(log.address)) return false
  if (topics.length > log.topics.length) return false
  return topics.every((wanted, place) => {
    if (wanted === null || (typeof wanted !== 'string' && wanted.length === 0)) return true
    const topic = log.topics[place] ?? ''
    return typeof wanted === 'string' ? wanted === topic : wanted.includes(topic)
  })
}
