import { FtError, messageOf } from '../../core/errors.js'
import { turns } from '../../core/serial.js'
import { startTicker, type TickerLog } from '../ticker.js'
import type { TonAction } from './action.js'
import { blockActions } from './activity.js'
import type { DevSeqno } from './blocks.js'
import { openTonChain, type TonChain } from './chain.js'
import { exactJson } from './json.js'
import { messagesOf } from './messages.js'
import { serveTonApi } from './server.js'
import { type TonHolding, TonTruth } from './truth.js'

export interface TonDevnetOptions {
  /** Folder that keeps the chain; the next start with it goes on. null keeps it in memory. */
  readonly dataDir: string | null
  /** Milliseconds between seqnos; null: they come only from `produce` and `produceActivity`. */
  readonly blockTimeMs: number | null
  /** What happens is a function of the seed. */
  readonly seed: number
  readonly log: TickerLog
  /** A fixed clock: seqno n has time `genesisTime + 2n`. Default: the clock of the machine. */
  readonly genesisTime?: number
}

/** A TON of its own: a real TVM with real NFT contracts behind TonAPI v2's contract. */
export interface TonDevnet {
  /** What TONAPI_URL is to be. */
  readonly url: string
  /** Hash of the first masterchain block, `0x…`. */
  readonly genesisHash: string
  readonly truth: TonTruth
  head(): Pick<DevSeqno, 'seqno' | 'hash' | 'time'>
  holdings(): readonly TonHolding[]
  /** Makes one seqno with these actions, in this order. */
  produce(actions: readonly TonAction[]): Promise<DevSeqno>
  /** Makes seqnos of generated activity. */
  produceActivity(seqnos: number): Promise<void>
  stop(): Promise<void>
}

/** Wallets of the network: the minter, the marketplace, and eight who own, sell and buy. */
const WALLETS = 10

/**
 * Starts the development network of a folder.
 * @throws FtError devnet_failed when its file is damaged
 */
export async function startTonDevnet(options: TonDevnetOptions): Promise<TonDevnet> {
  const { seed, genesisTime, log, blockTimeMs } = options
  const chain = await openTonChain(options.dataDir, WALLETS)
  const truth = new TonTruth(chain.wallets)
  for (const text of chain.store.state.actions) truth.apply(readAction(text))
  const inTurn = turns()
  const clock = (seqno: number): number =>
    genesisTime === undefined ? Math.floor(Date.now() / 1000) : genesisTime + 2 * seqno
  const produce = (actions: readonly TonAction[]): Promise<DevSeqno> => inTurn(() => make(chain, truth, actions, clock))
  if (chain.head() === null) await produce([])
  const server = await serveTonApi({ chain, settled: inTurn })
  const next = () => produce(blockActions(seed, head(chain).seqno + 1, truth))
  const ticker = blockTimeMs === null ? null : startTicker(blockTimeMs, log, next)
  const genesisHash = `0x${chain.store.state.seqnos[0]?.hash ?? ''}`
  log.info({ url: server.url, height: head(chain).seqno }, 'the TON development network runs')
  return {
    ...{ url: server.url, genesisHash, truth, produce },
    head: () => head(chain),
    holdings: () => truth.holdings(),
    produceActivity: async (seqnos) => {
      for (let left = seqnos; left > 0; left -= 1) await next()
    },
    stop: async () => {
      await ticker?.stop()
      await server.close()
    },
  }
}

/** One message after the other, each as the ones before it have left things. */
async function make(
  chain: TonChain,
  truth: TonTruth,
  actions: readonly TonAction[],
  clock: (seqno: number) => number,
): Promise<DevSeqno> {
  const before = chain.head()
  const time = Math.max(clock((before?.seqno ?? 0) + 1), before?.time ?? 0)
  const sendings = actions.flatMap((action) => {
    const messages = messagesOf(action, truth)
    truth.apply(action)
    return messages
  })
  return await chain.produce(
    sendings,
    time,
    actions.map((action) => exactText(action)),
  )
}

function head(chain: TonChain): DevSeqno {
  const seqno = chain.head()
  if (seqno === null) throw new FtError('devnet_failed', 'the TON development network has no block')
  return seqno
}

/** An action as text; amounts keep their type by an `n`. */
function exactText(action: TonAction): string {
  return exactJson(
    Object.fromEntries(
      Object.entries(action).map(([key, value]) => [key, typeof value === 'bigint' ? `${value}n` : value]),
    ),
  )
}

function readAction(text: string): TonAction {
  try {
    return JSON.parse(text, (_, value: unknown) =>
      typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
    ) as TonAction
  } catch (error) {
    throw new FtError('devnet_failed', `an action of the development network cannot be read: ${messageOf(error)}`)
  }
}
