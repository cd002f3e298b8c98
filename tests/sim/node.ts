import { FtError } from '../../src/core/errors.js'
import type { HoldingQuestion, MetadataQuestion, MetadataSource, Parser } from '../../src/core/events.js'
import type { BlockHeader, ChainAdapter, ChainBlock } from '../../src/ingest/adapter.js'
import { heldBefore } from '../support/world/heldBefore.js'
import type { Random } from '../support/world/random.js'
import { worldParser } from '../support/world/world.js'
import type { SimChain } from './chain.js'

/** What is wrong with the nodes at the moment: how likely each thing is, per request. */
export interface Weather {
  /** The answer comes from a node that is some blocks behind. */
  readonly lag: number
  /** The answer comes from a node that is still on a branch which was forked away. */
  readonly stale: number
  /** There is no answer, or one that cannot be right. */
  readonly error: number
  /** A block that was announced is not there yet. */
  readonly unknown: number
  /** The finalized tag is missing, or goes back. */
  readonly tagless: number
}

export const FAIR: Weather = { lag: 0, stale: 0, error: 0, unknown: 0, tagless: 0 }

/** The nodes of a network, as ingestion reaches them. */
export interface SimNode {
  readonly adapter: ChainAdapter
  setWeather(weather: Weather): void
  /** Shows what the chain has become. */
  announce(): void
  close(): Promise<void>
}

/** A chain adapter over the simulated chain itself, behind which every request may reach another node. */
export class ScriptedNode implements SimNode, ChainAdapter {
  readonly network: string
  readonly parse: Parser = worldParser
  readonly rangeOf = null
  readonly #chain: SimChain
  readonly #random: Random
  #weather = FAIR
  #onHead: () => void = () => undefined

  private constructor(network: string, chain: SimChain, random: Random) {
    this.network = network
    this.#chain = chain
    this.#random = random
  }

  static async start(network: string, chain: SimChain, random: Random): Promise<ScriptedNode> {
    return new ScriptedNode(network, chain, random)
  }

  get adapter(): ChainAdapter {
    return this
  }

  setWeather(weather: Weather): void {
    this.#weather = weather
  }

  announce(): void {
    this.#onHead()
  }

  async start(): Promise<string> {
    this.#mayFail()
    return this.#chain.at(0).hash
  }

  readonly metadataUpdates = null

  async metadata(questions: readonly MetadataQuestion[]): Promise<readonly MetadataSource[]> {
    return questions.map(() => null)
  }

  async head(): Promise<BlockHeader> {
    return last(this.#view()).header
  }

  async finalized(): Promise<BlockHeader | null> {
    const view = this.#view()
    if (this.#random.chance(this.#weather.tagless)) return this.#random.chance(0.5) ? null : (view[0]?.header ?? null)
    return view[this.#chain.finalized.number]?.header ?? null
  }

  async block(number: number): Promise<ChainBlock> {
    const block = this.#view()[number]
    if (block === undefined || this.#random.chance(this.#weather.unknown)) throw unknown(number)
    return block
  }

  async header(number: number): Promise<BlockHeader> {
    return (await this.block(number)).header
  }

  async range(from: number, to: number) {
    const blocks = this.#view().slice(from, to + 1)
    const end = blocks.at(-1)
    if (end?.header.number !== to) throw new FtError('rpc_transient', `the node is behind block ${to}`)
    return { from, to, last: end.header, blocks: blocks.filter(({ events }) => events.length > 0) }
  }

  async reread(number: number) {
    return { block: await this.block(number), complete: true }
  }

  async origin(): Promise<null> {
    return null
  }

  /** In bad weather nobody is answered: a single question that fails while others do not would be its contract's fault. */
  async holdings(questions: readonly HoldingQuestion[]): Promise<readonly (string | null)[]> {
    if (this.#weather.error > 0) throw new FtError('rpc_transient', 'the node has no state for the moment')
    return questions.map((question) => {
      const quantity = heldBefore(question)
      return quantity === 0n && question.tokenId === 0n ? null : quantity.toString()
    })
  }

  async confirms(): Promise<readonly boolean[]> {
    throw new FtError('rpc_fatal', 'the simulated chain runs no contracts')
  }

  async names(): Promise<readonly null[]> {
    throw new FtError('rpc_fatal', 'the simulated chain runs no contracts')
  }

  async watch(onHead: () => void) {
    this.#onHead = onHead
    return { stop: async () => undefined }
  }

  async close(): Promise<void> {
    this.#onHead = () => undefined
  }

  /** The blocks that the node which happens to answer has. */
  #view(): readonly ChainBlock[] {
    this.#mayFail()
    const { canonical, finalized } = this.#chain
    if (this.#random.chance(this.#weather.stale)) {
      const { sides } = this.#chain
      if (sides.length > 0) return this.#chain.branch(this.#random.pick(sides))
    }
    if (!this.#random.chance(this.#weather.lag)) return canonical
    return canonical.slice(0, Math.max(finalized.number + 1, canonical.length - 1 - this.#random.int(4)))
  }

  #mayFail(): void {
    if (!this.#random.chance(this.#weather.error)) return
    const code = this.#random.pick(['rpc_transient', 'rpc_invalid', 'rate_limited'] as const)
    throw new FtError(code, 'the node fails for the moment', { details: { retryAfterMs: 1 } })
  }
}

function last(blocks: readonly ChainBlock[]): ChainBlock {
  const block = blocks.at(-1)
  if (block === undefined) throw new Error('a node has at least block 0')
  return block
}

function unknown(number: number): FtError {
  return new FtError('block_unknown', `the node does not have block ${number}`)
}
