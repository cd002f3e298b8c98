import { z } from 'zod'
import type { DevAction } from './actions.js'
import type { DevBlock } from './blocks.js'
import { type DevChain, openDevChain } from './chain.js'
import { contractsOf, type DevContracts } from './contracts.js'
import { EvmNetwork } from './evmNetwork.js'
import type { OpenOrder } from './seaport/orderBook.js'
import { startTicker, type TickerLog } from './ticker.js'
import type { Holding } from './truth.js'

export interface EvmDevnetOptions {
  /** Folder that keeps the chain; the next start with it goes on with the same chain. */
  readonly dataDir: string
  /** Milliseconds between blocks; null: blocks come only from `mine`, `mineActivity` and `reorg`. */
  readonly blockTimeMs: number | null
  /** What happens is a function of the seed. */
  readonly seed: number
  readonly log: TickerLog
  /** A fixed clock, for recordings: block n has time `genesisTime + 2n`. Default: the clock of the machine. */
  readonly genesisTime?: number
  /** How far back calls and reorgs reach, in blocks; default 64. */
  readonly historyDepth?: number
}

/** A development chain with contracts and, if wanted, activity. */
export interface EvmDevnet {
  readonly rpcUrl: string
  readonly wsUrl: string
  readonly chainId: number
  readonly contracts: DevContracts
  readonly accounts: readonly string[]
  readonly genesisHash: string
  /** True when a new chain began: a database that knows an earlier one does not fit. */
  readonly fresh: boolean
  /** Process id of the node. */
  readonly pid: number
  /** Seaport's orders at the head that can still be filled, as far as Seaport knows: the offerer may have given the items away. */
  orders(): readonly OpenOrder[]
  /** The counter that an account's orders must have. */
  counter(account: string): bigint
  /** Every holding at the head, sorted by contract, token id, owner: what ownership must come out as. */
  truth(): readonly Holding[]
  head(): DevBlock
  /**
   * Mines one block with these actions, in this order.
   * @throws FtError devnet_failed when a contract refused one of them; the block is mined then, without it
   */
  mine(actions: readonly DevAction[]): Promise<DevBlock>
  /** Mines blocks of generated activity. */
  mineActivity(blocks: number): Promise<DevBlock>
  /**
   * Removes the newest `depth` blocks and mines one block for each list of actions instead, none of which has the hash of a
   * removed one.
   */
  reorg(depth: number, replacement: readonly (readonly DevAction[])[]): Promise<DevBlock>
  stop(): Promise<void>
}

const CHAIN_ID = 137

/**
 * Starts the development chain of a folder: contracts are deployed on a new one, found again on an old one.
 * @throws FtError devnet_failed when it does not run (`openDevChain`)
 */
export async function startEvmDevnet(options: EvmDevnetOptions): Promise<EvmDevnet> {
  const chain = await openDevChain({ ...options, dir: options.dataDir })
  try {
    const [answer] = await chain.rpc(['eth_accounts'])
    const accounts = z.tuple([z.string()], z.string()).parse(answer)
    const contracts = contractsOf(accounts[0])
    const { genesisTime, seed } = options
    const chainId = CHAIN_ID
    const clock = genesisTime === undefined ? wallClock : (height: number) => genesisTime + 2 * height
    return expose(
      chain,
      await EvmNetwork.open({ chain, contracts, accounts, chainId, seed, clock }),
      { accounts, contracts },
      options,
    )
  } catch (error) {
    await chain.stop()
    throw error
  }
}

function wallClock(): number {
  return Math.floor(Date.now() / 1000)
}

function expose(
  chain: DevChain,
  network: EvmNetwork,
  known: Pick<EvmDevnet, 'accounts' | 'contracts'>,
  { blockTimeMs, log }: EvmDevnetOptions,
): EvmDevnet {
  const { rpcUrl, wsUrl, genesisHash, fresh, pid } = chain
  const ticker = blockTimeMs === null ? null : startTicker(blockTimeMs, log, () => network.mineActivity(1))
  log.info({ rpcUrl, fresh, height: chain.head().number }, 'the EVM development network runs')
  return {
    ...{ rpcUrl, wsUrl, chainId: CHAIN_ID, genesisHash, fresh, pid },
    ...known,
    orders: () => network.truth.orders.open(),
    counter: (account) => network.truth.orders.counter(account) ?? 0n,
    truth: () => network.truth.holdings(),
    head: () => chain.head(),
    mine: (actions) => network.mine(actions),
    mineActivity: (blocks) => network.mineActivity(blocks),
    reorg: (depth, replacement) => network.reorg(depth, replacement),
    async stop() {
      await ticker?.stop()
      await chain.stop()
    },
  }
}
