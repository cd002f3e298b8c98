import { isConnectionError } from '../core/db.js'
import { FtError, isFtError } from '../core/errors.js'
import { sleep, Wakeup } from '../core/wakeup.js'
import { backfill } from './backfill.js'
import { Cadence } from './cadence.js'
import { acquireLease, type Cursor, readCursor } from './cursor.js'
import { handleFork } from './fork.js'
import { type Heads, type News, NewsDesk, newlyFinal, readHeads } from './heads.js'
import { continues, storeLive } from './live.js'
import type { IngestOptions, Writer } from './options.js'
import { checkGenesis, resolveStart } from './start.js'
import { canonicalHash } from './store.js'

/** Final blocks left to read that make a network `backfilling` rather than `live`. */
const BACKFILLING_BLOCKS = 64
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 15_000
/** How often a disputed network looks whether it was rewound. */
const DISPUTE_LOOK_MS = 500

/**
 * Reads a network until the signal aborts, as its only writer.
 *
 * Each round looks at the head. What is final and not yet stored is read in ranges and taken through all stages at once
 * (`backfill`); what is not final is read block by block, each of which must name the one before it as its parent (`live`). A block
 * that does not is evidence of a fork: the cursor goes back to the common ancestor and reading goes on from there.
 *
 * Errors that pass (endpoints, database) are waited out; everything else ends the run, with nothing half-written.
 * @throws FtError lease_lost, fork_below_finality, wrong_chain, rpc_fatal
 */
export async function runIngest(options: IngestOptions, signal: AbortSignal): Promise<void> {
  const lease = await acquireLease(options.db, options.network, signal)
  const writer: Writer = { ...options, lease, signal: AbortSignal.any([signal, lease.lost]) }
  const wakeup = new Wakeup()
  try {
    refuseDisputed(options.network.name, await readCursor(options.db, options.network))
    await checkGenesis(options, await options.adapter.start())
    const watch = await options.adapter.watch(wakeup.wake)
    try {
      await rounds(writer, wakeup)
    } finally {
      await watch?.stop()
    }
  } finally {
    await lease.release()
  }
  if (!signal.aborted) lease.lost.throwIfAborted()
}

/**
 * The same for as long as the process lives: a network that is disputed waits for its rewind, and goes on by itself after it.
 * @throws FtError lease_lost, wrong_chain, rpc_fatal
 */
export async function keepIngesting(options: IngestOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await runIngest(options, signal)
    } catch (error) {
      if (!isFtError(error, 'fork_below_finality')) throw error
      options.observer.disputed?.(error)
    }
    await untilRewound(options, signal)
    options.observer.disputed?.(null)
  }
}

async function untilRewound({ db, network, observer }: IngestOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      if ((await readCursor(db, network)).state !== 'disputed') return
    } catch (error) {
      if (!isPassing(error)) throw error
      observer.retry(error, DISPUTE_LOOK_MS)
    }
    await sleep(DISPUTE_LOOK_MS, signal)
  }
}

function refuseDisputed(network: string, cursor: Cursor): void {
  if (cursor.state !== 'disputed') return
  throw new FtError(
    'fork_below_finality',
    `${network} is disputed since its chain forked below the finalized block: ft rewind --network ${network} --to HEIGHT`,
  )
}

async function rounds(writer: Writer, wakeup: Wakeup): Promise<void> {
  const desk = new NewsDesk(writer)
  const cadence = new Cadence(writer.pollMs)
  let failures = 0
  while (!writer.signal.aborted) {
    try {
      if (await round(writer, desk, cadence)) await wakeup.sleep(cadence.waitMs(performance.now()), writer.signal)
      failures = 0
    } catch (error) {
      if (writer.signal.aborted) return
      if (!isPassing(error)) throw error
      failures += 1
      const longest = Math.min(LONGEST_RETRY_MS, (writer.retryMs ?? FIRST_RETRY_MS) * 2 ** (failures - 1))
      const pause = longest * (0.5 + Math.random() / 2)
      writer.observer.retry(error, pause)
      await sleep(pause, writer.signal)
    }
  }
}

function isPassing(error: unknown): boolean {
  if (isFtError(error)) return error.spec.retryable && error.code !== 'lease_lost'
  return isConnectionError(error)
}

/** One look at the head, and everything that can be read now. True when there is nothing left to do before the next block. */
async function round(writer: Writer, desk: NewsDesk, cadence: Cadence): Promise<boolean> {
  const lookedAt = performance.now()
  const [cursor, said] = await Promise.all([readCursor(writer.db, writer.network), readHeads(writer)])
  cadence.looked(said.head.number, lookedAt)
  const heads = { ...said, finalized: await newlyFinal(writer, cursor, said) }
  const start = await resolveStart(writer, heads.head, heads.finalized)
  const final = heads.finalized?.number ?? cursor.finalized?.number ?? -1
  const next = cursor.block === null ? start : cursor.block.number + 1
  // Before finality is stored: what was orphaned before it was final, was never final.
  if (await isOrphaned(writer, cursor, heads)) {
    return !(await resolveFork(writer, desk, cursor, { ...heads, finalized: null }, start))
  }
  const news = desk.news(cursor, heads, final - next >= BACKFILLING_BLOCKS ? 'backfilling' : 'live')
  if (final < next && next <= heads.head.number) {
    return await follow(writer, desk, { ...cursor, finalized: heads.finalized ?? cursor.finalized }, heads, start, news)
  }
  if (news !== null) await desk.publish(news)
  if (final < next) return true
  await backfill(writer, { from: next, to: final })
  return false
}

/**
 * Whether the chain shows another block than ours. A head below the cursor is a node that lags, unless it is of another branch: a fork
 * can make the chain shorter.
 */
async function isOrphaned(writer: Writer, { block }: Cursor, { head }: Heads): Promise<boolean> {
  if (block === null) return false
  if (head.number < block.number) {
    const stored = await canonicalHash(writer.db, writer.network, head.number)
    return stored !== null && stored !== head.hash
  }
  if (head.number === block.number) return head.hash !== block.hash
  if (head.number === block.number + 1) return head.parentHash !== block.hash
  return (await writer.adapter.header(block.number)).hash !== block.hash
}

async function resolveFork(
  writer: Writer,
  desk: NewsDesk,
  cursor: Cursor,
  heads: Heads,
  start: number,
): Promise<boolean> {
  try {
    return await handleFork(writer, cursor, start)
  } catch (error) {
    if (isFtError(error, 'fork_below_finality')) await desk.publish({ heads, state: 'disputed' })
    throw error
  }
}

/**
 * Reads block by block up to the head; false when a fork was found and handled, so that the head must be looked at again. One that is
 * the endpoint's alone is left for the next poll. The news are told with the first block, or without it when there is none to store: lag is
 * measured against the head, also while blocks cannot be read.
 */
async function follow(
  writer: Writer,
  desk: NewsDesk,
  from: Cursor,
  heads: Heads,
  start: number,
  news: News | null,
): Promise<boolean> {
  let cursor = from
  let untold = news
  const tell = async (): Promise<void> => {
    if (untold !== null) await desk.publish(untold)
    untold = null
  }
  try {
    for (let number = (cursor.block?.number ?? start - 1) + 1; number <= heads.head.number; number += 1) {
      writer.signal.throwIfAborted()
      const block = await writer.adapter.block(number)
      if (!continues(cursor, block)) {
        await tell()
        return !(await resolveFork(writer, desk, cursor, heads, start))
      }
      await storeLive(writer, block, untold)
      if (untold !== null) desk.told(untold)
      untold = null
      cursor = { ...cursor, block: { number, hash: block.header.hash } }
    }
  } catch (error) {
    await tell()
    throw error
  }
  return true
}
