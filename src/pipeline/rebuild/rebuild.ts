import { setTimeout as delay } from 'node:timers/promises'
import type { Db, Tx } from '../../core/db.js'
import type { Network } from '../../core/networks.js'
import { lockProjection } from '../locks.js'
import { appendReset } from '../project/changes.js'
import { countRows, type RowProgress } from './rowCount.js'
import { buildShadow, compareShadow, type Differences, dropShadow, swapShadow, type Units } from './shadow.js'

/*
 * Read models are built anew in a shadow schema, compared with the live ones, and what differs is swapped.
 *
 * 1. Everything is built and compared in one snapshot that holds no lock: the pipeline goes on, and readers notice nothing. It takes
 *    as long as it takes.
 * 2. What differed is built and compared again, a second later and again, until nothing is left or the time is over: messages were on
 *    their way to the read models. What still differs is wrong.
 * 3. Under the projection's locks, what is wrong is built once more, of what is now, and replaces the live rows: some thousand assets
 *    at a time, in transactions of their own, so that no message waits longer than a moment. A reader sees a transaction's rows all as
 *    they were or all as they are. The tables stay the same ones: grants, indexes, views and plans are not touched.
 */

export interface RebuildOptions {
  /** Pool of the owner of the schema: the shadow is a schema. */
  readonly db: Db
  readonly networks: readonly Network[]
  /** False: only compare. */
  readonly swap: boolean
  /** How long a difference may be one of messages on their way; milliseconds. */
  readonly settleMs: number
  /** Ends the work: at once while it compares, which leaves nothing behind, and after the transaction under way while it swaps. */
  readonly signal?: AbortSignal
  /** Hears of the first comparison, table by table. */
  readonly onCompared?: (progress: RowProgress) => void
  /** Hears how many assets, collections, sales and listings have been put right, of those that differed; first that none has. */
  readonly onSwapped?: (done: number, of: number) => void
}

const AGAIN_MS = 1000
const CANCEL_MS = 100
const CHUNK = 20_000
/** Of the differences of a step, what is told at most. */
const TOLD = 3

/**
 * Rebuilds, compares, and (unless told not to) swaps. Gives what was wrong, by table; nothing when all is right.
 * @throws the reason of the signal
 */
export async function rebuildProjections(options: RebuildOptions): Promise<readonly Differences[]> {
  const { settleMs, signal } = options
  let differences = await compare(options, 'all')
  for (const end = Date.now() + settleMs; differences.length > 0 && Date.now() < end; ) {
    await delay(Math.min(AGAIN_MS, settleMs), undefined, signal === undefined ? {} : { signal })
    differences = await compare(options, unitsOf(differences))
  }
  return options.swap && differences.length > 0 ? await swapAll(options, unitsOf(differences)) : differences
}

async function compare({ db, signal, onCompared }: RebuildOptions, scope: Units | 'all') {
  const work = (tx: Tx) => untilStopped(db, tx, signal, () => inShadow(tx, scope, onCompared))
  return await db.transaction(work, { isolation: 'repeatable read' })
}

/** Ends the statement under way when the signal aborts: a server goes on with it otherwise, for minutes, though nobody waits for it any more. */
async function untilStopped<T>(db: Db, tx: Tx, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return await work()
  const [session] = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const ended = new AbortController()
  const cancel = async (): Promise<void> => {
    // Again and again: between two statements there is nothing to cancel.
    while (!ended.signal.aborted) {
      await db.query('SELECT pg_cancel_backend($1)', [session?.pid])
      await delay(CANCEL_MS)
    }
  }
  let cancelled: Promise<void> | undefined
  const onAbort = (): void => {
    cancelled = cancel()
    // Thrown at the end, where it is waited for.
    cancelled.catch(() => undefined)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    return await work()
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    ended.abort()
    await cancelled
  }
}

async function swapAll(options: RebuildOptions, units: Units): Promise<readonly Differences[]> {
  const swapped: Differences[] = []
  let done = 0
  options.onSwapped?.(done, sizeOf(units))
  for (const chunk of chunks(units)) {
    options.signal?.throwIfAborted()
    swapped.push(...(await options.db.transaction((tx) => swapChunk(tx, options.networks, chunk))))
    done += sizeOf(chunk)
    options.onSwapped?.(done, sizeOf(units))
  }
  return merged(swapped)
}

/** Holds the locks of every network's projection: rows of several can be among these, in the order in which they are always taken. */
async function swapChunk(tx: Tx, networks: readonly Network[], units: Units): Promise<readonly Differences[]> {
  await alone(tx)
  const inOrder = [...networks].sort((a, b) => a.id - b.id)
  for (const network of inOrder) await lockProjection(tx, network)
  await buildShadow(tx, units)
  const differences = await compareShadow(tx, units)
  if (differences.length > 0) {
    await swapShadow(tx, units, new Set(differences.map(({ table }) => table)))
    for (const network of inOrder) await tellReaders(tx, network)
  }
  await dropShadow(tx)
  return differences
}

/** Whoever follows the changes reads again: rows changed without a row of their own in the feed. */
async function tellReaders(tx: Tx, network: Network): Promise<void> {
  const [status] = await tx.query<{ projected_number: number | null }>(
    'SELECT projected_number FROM projection.network_status WHERE network_id = $1',
    [network.id],
  )
  await appendReset(tx, network, status?.projected_number ?? 0)
}

/** What differs, of everything or of some units, in the caller's transaction, which is as before afterwards. */
export async function inShadow(
  tx: Tx,
  scope: Units | 'all',
  onCompared?: RebuildOptions['onCompared'],
): Promise<readonly Differences[]> {
  await alone(tx)
  const count = scope === 'all' && onCompared !== undefined ? await countRows(tx, onCompared) : null
  await buildShadow(tx, scope, count)
  const differences = await compareShadow(tx, scope, count)
  await dropShadow(tx)
  return differences
}

/** A second rebuild waits for the first, before it holds up anybody: both would make the same schema. */
async function alone(tx: Tx): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtext('ft.rebuild'))`)
}

function unitsOf(differences: readonly Differences[]): Units {
  const of = (unit: Differences['unit']): string[] => [
    ...new Set(differences.filter((one) => one.unit === unit).flatMap(({ units }) => units)),
  ]
  return { assets: of('assets'), collections: of('collections'), events: of('events') }
}

function sizeOf({ assets, collections, events }: Units): number {
  return assets.length + collections.length + events.length
}

/** Sales and assets first: collections are counted from them, and the last sale of an asset is one of them. */
function chunks({ assets, collections, events }: Units): Units[] {
  const none = { assets: [], collections: [], events: [] }
  const cut = (ids: readonly string[]): string[][] =>
    Array.from({ length: Math.ceil(ids.length / CHUNK) }, (_, n) => ids.slice(n * CHUNK, (n + 1) * CHUNK))
  if (sizeOf({ assets, collections, events }) <= CHUNK) return [{ assets, collections, events }]
  return [
    ...cut(events).map((ids) => ({ ...none, events: ids })),
    ...cut(assets).map((ids) => ({ ...none, assets: ids })),
    ...collections.map((id) => ({ ...none, collections: [id] })),
  ]
}

function merged(all: readonly Differences[]): readonly Differences[] {
  const tables = [...new Set(all.map(({ table }) => table))]
  return tables.flatMap((table) => {
    const parts = all.filter((one) => one.table === table)
    const [first] = parts
    if (first === undefined) return []
    const sum = (kind: keyof Differences['count']): number => parts.reduce((total, { count }) => total + count[kind], 0)
    return [
      {
        ...first,
        count: { missing: sum('missing'), extra: sum('extra'), different: sum('different') },
        units: parts.flatMap(({ units }) => units),
        examples: parts.flatMap(({ examples }) => examples).slice(0, TOLD),
      },
    ]
  })
}
