import type { ChainAdapter } from '../../src/ingest/adapter.js'
import { replayAdapter } from '../support/replay/adapter.js'
import type { Fault } from '../support/replay/faults.js'
import { type Replay, startReplay } from '../support/replay/server.js'
import type { Random } from '../support/world/random.js'
import { MULTIS, SINGLES } from '../support/world/world.js'
import type { SimChain } from './chain.js'
import { FAIR, type SimNode, type Weather } from './node.js'
import { replayChain } from './replayBlocks.js'

/** The real EVM adapter over JSON-RPC servers that lag, fail, leave logs out, or are on another branch. */
export class EvmNode implements SimNode {
  readonly adapter: ChainAdapter
  readonly #chain: SimChain
  readonly #random: Random
  readonly #servers: readonly Replay[]
  #weather = FAIR

  private constructor(network: string, chain: SimChain, random: Random, servers: readonly Replay[]) {
    this.#chain = chain
    this.#random = random
    this.#servers = servers
    this.adapter = replayAdapter(
      servers.map(({ url }) => url),
      { network, contracts: { mode: 'list', addresses: [...SINGLES, ...MULTIS] }, breakMs: 20 },
    )
    this.announce()
  }

  static async start(network: string, chain: SimChain, random: Random): Promise<EvmNode> {
    const blocks = replayChain(chain.canonical)
    const count = 2 + random.int(2)
    const servers = await Promise.all(Array.from({ length: count }, () => startReplay(blocks)))
    return new EvmNode(network, chain, random, servers)
  }

  setWeather(weather: Weather): void {
    this.#weather = weather
    if (weather === FAIR) for (const server of this.#servers) server.faults.clear()
  }

  /** Every server shows the chain as far as it knows it, and some are going to fail. */
  announce(): void {
    for (const [index, server] of this.#servers.entries()) {
      // A majority of endpoints that tells the same wrong story would be believed; one alone must not be.
      this.#show(server, index === 0 && this.#random.chance(this.#weather.stale))
      this.#spoil(server, index === 0)
    }
  }

  async close(): Promise<void> {
    await this.adapter.close()
    await Promise.all(this.#servers.map((server) => server.close()))
  }

  #show(server: Replay, isStale: boolean): void {
    const { sides, canonical, finalized } = this.#chain
    const branch = isStale && sides.length > 0 ? this.#chain.branch(this.#random.pick(sides)) : canonical
    const lag = this.#random.chance(this.#weather.lag) ? this.#random.int(5) : 0
    server.setChain(replayChain(branch), Math.max(finalized.number, branch.length - 1 - lag))
    if (!this.#random.chance(this.#weather.tagless)) server.setFinalized(finalized.number)
    else server.setFinalized(this.#random.chance(0.5) ? null : 0)
  }

  #spoil(server: Replay, isFirst: boolean): void {
    while (server.faults.left < 4 && this.#random.chance(this.#weather.error * 2)) server.faults.add(this.#fault())
    if (this.#random.chance(this.#weather.unknown)) {
      server.faults.add({ kind: 'result', method: 'eth_getBlockByNumber', change: () => null })
    }
    // Two endpoints that both leave out the same logs would be believed too.
    if (isFirst && this.#random.chance(this.#weather.error)) server.faults.add(withoutLogs)
  }

  #fault(): Fault {
    return this.#random.pick<Fault>([
      { kind: 'status', status: 500 },
      { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
      { kind: 'error', code: -32000, message: 'header not found' },
      { kind: 'error', code: -32603, message: 'internal error' },
      { kind: 'body', body: '<html>' },
      { kind: 'cut' },
      { kind: 'short' },
      { kind: 'drop' },
    ])
  }
}

/** The logs of a block are left out under the right hash. Of a range that could not be noticed. */
const withoutLogs: Fault = {
  kind: 'result',
  method: 'eth_getLogs',
  change: (result, [query]) => (typeof query === 'object' && query !== null && 'blockHash' in query ? [] : result),
}
