import { keccak256, toHex } from 'viem'

/** A log as eth_getLogs gives it. */
export interface ReplayLog {
  readonly address: string
  readonly topics: readonly string[]
  readonly data: string
  readonly blockNumber: string
  readonly blockHash: string
  readonly transactionHash: string
  readonly transactionIndex: string
  readonly logIndex: string
  readonly removed: boolean
}

export interface ReplayBlock {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  readonly timestamp: number
  readonly logs: readonly ReplayLog[]
}

/** A chain to be served: any height from 0 to `height` has a block. */
export interface ReplayChain {
  readonly chainId: number
  readonly height: number
  block(number: number): ReplayBlock | undefined
  /** The blocks that have logs, ascending. */
  readonly withLogs: readonly ReplayBlock[]
}

/** What a scripted log says; the chain decides where it is. */
export interface LogSpec {
  readonly address: string
  readonly topics: readonly string[]
  readonly data: string
  /** Logs with the same name are of one transaction; default: a transaction of its own. */
  readonly tx?: string
}

export interface BuildOptions {
  readonly chainId?: number
  /** Makes hashes differ from those of another chain with the same logs. */
  readonly salt?: string
  /** Timestamp of block 0, and seconds between blocks. */
  readonly startTime?: number
  readonly blockTime?: number
}

/** A chain whose block n+1 has the logs of `blocks[n]`; block 0 is empty. */
export function buildChain(blocks: readonly (readonly LogSpec[])[], options: BuildOptions = {}): ReplayChain {
  return extend([makeBlock(0, hashOf('genesis'), [], options)], blocks, options)
}

/** The same chain up to `ancestor`, then other blocks. */
export function forkAt(
  chain: ReplayChain,
  ancestor: number,
  blocks: readonly (readonly LogSpec[])[],
  options: BuildOptions = {},
): ReplayChain {
  const kept = Array.from({ length: ancestor + 1 }, (_, number) => chain.block(number))
  if (kept.some((block) => block === undefined)) throw new Error(`the chain has no block ${ancestor} to fork at`)
  return extend(
    kept.filter((block) => block !== undefined),
    blocks,
    { salt: 'fork', chainId: chain.chainId, ...options },
  )
}

/** A hash that depends on nothing but a name. */
export function hashOf(name: string): string {
  return keccak256(toHex(name))
}

function extend(kept: readonly ReplayBlock[], more: readonly (readonly LogSpec[])[], options: BuildOptions) {
  const blocks = [...kept]
  for (const logs of more) {
    const parent = blocks.at(-1)
    if (parent === undefined) throw new Error('a chain starts with block 0')
    blocks.push(makeBlock(parent.number + 1, parent.hash, logs, options))
  }
  return {
    chainId: options.chainId ?? 137,
    height: blocks.length - 1,
    block: (number: number) => blocks[number],
    withLogs: blocks.filter(({ logs }) => logs.length > 0),
  }
}

function makeBlock(number: number, parentHash: string, specs: readonly LogSpec[], options: BuildOptions): ReplayBlock {
  const hash = hashOf(`${options.salt ?? ''}:${number}:${parentHash}:${JSON.stringify(specs)}`)
  const txHashes = specs.map(({ tx }, index) => hashOf(`tx:${tx ?? `${options.salt ?? ''}:${number}:${index}`}`))
  const transactions = [...new Set(txHashes)]
  const logs = specs.map(({ address, topics, data }, index): ReplayLog => {
    const transactionHash = txHashes[index] ?? ''
    return {
      address,
      topics,
      data,
      blockNumber: toHex(number),
      blockHash: hash,
      transactionHash,
      transactionIndex: toHex(transactions.indexOf(transactionHash)),
      logIndex: toHex(index),
      removed: false,
    }
  })
  const timestamp = (options.startTime ?? 1_700_000_000) + number * (options.blockTime ?? 2)
  return { number, hash, parentHash, timestamp, logs }
}
