import type { Db, Session, Tx } from '../core/db.js'
import { FtError, isFtError } from '../core/errors.js'
import type { BlockSpan, RawEvent } from '../core/events.js'
import { FILL_LOCK, type Network } from '../core/networks.js'
import { untilAborted } from './abort.js'
import type { ChainAdapter, ChainRange } from './adapter.js'
import { recordRange } from './cursor.js'
import { MOST_MOVEMENTS, movementsIn } from './movements.js'
import { storeBlocks } from './store.js'

export interface FillOptions {
  /** Pool whose role may write ingestion and pipeline tables. */
  readonly db: Db
  readonly network: Network
  readonly adapter: Pick<ChainAdapter, 'range'>
  readonly scope: string
  /** The pipeline's stages in one piece. Gives how many ledger entries it made. */
  readonly applyBlocks: (tx: Tx, blocks: BlockSpan, events: readonly RawEvent[]) => Promise<number>
  /** Called before blocks are read that come before the first indexed one: what stands in for their history has to go. */
  readonly onExtend: () => Promise<void>
  readonly signal: AbortSignal
}

/** What has to be read to have a range whole, and where history starts at the moment. */
export interface FillPlan {
  /** Ascending, without overlap; nothing of it has been read yet. */
  readonly spans: readonly BlockSpan[]
  readonly blocks: number
  readonly startBlock: number
}

/**
 * What of [from, to] has not been read yet and can be read in one piece: blocks that are final and below the cursor. Blocks before
 * the first indexed one must join it, because the read models are whole from the first block on, without a hole.
 * @throws FtError request_invalid naming what is wrong with the range; not_ready when nothing has been indexed yet
 */
export async function planFill(db: Db, network: Network, scope: string, range: BlockSpan): Promise<FillPlan> {
  const [row] = await db.query<{ start: number | null; last: number | null }>(
    `SELECT n.start_block AS start, least(c.finalized_number, c.block_number) AS last
     FROM ref.networks n JOIN system.sync_cursors c USING (network_id) WHERE n.network_id = $1`,
    [network.id],
  )
  if (row?.start == null || row.last == null) {
    throw new FtError('not_ready', `${network.name} has no final block yet: let ft up or its worker begin first`)
  }
  const { from, to } = range
  if (from > to) throw new FtError('request_invalid', `--from ${from} is above --to ${to}`)
  if (to > row.last) {
    throw new FtError(
      'request_invalid',
      `--to ${to} is above ${row.last}, the newest block of ${network.name} that is both final and read: later ones are read by themselves`,
    )
  }
  if (to < row.start - 1) {
    throw new FtError(
      'request_invalid',
      `blocks ${to + 1} to ${row.start - 1} would be a hole before ${row.start}, where the history of ${network.name} starts: use --to ${row.start - 1}`,
    )
  }
  const spans = await db.query<BlockSpan>(
    `SELECT lower(s) AS from, upper(s) - 1 AS to FROM unnest(
       int8multirange(int8range($3, $4, '[]'))
       - coalesce((SELECT blocks FROM ingest.indexed_ranges WHERE network_id = $1 AND scope = $2), '{}')) AS s ORDER BY 1`,
    [network.id, scope, from, to],
  )
  return { spans, blocks: spans.reduce((sum, span) => sum + span.to - span.from + 1, 0), startBlock: row.start }
}

/**
 * Reads the blocks of a plan and takes them through all stages, the highest first: so history stays without a hole at its
 * beginning, whenever it is stopped. One transaction per answer of the endpoint; what has committed is not read again by the next
 * plan. May run beside the network's writer: these blocks are final, so no fork and no second delivery touches them.
 * `onFilled` is told the blocks of each transaction.
 * @throws the reason of the signal; FtError database_conflict when another fill or a rewind of the network runs; what the adapter throws
 */
export async function fill(
  options: FillOptions,
  plan: FillPlan,
  onFilled: (blocks: BlockSpan, events: number) => void,
): Promise<void> {
  const session = await holdHistory(options.db, options.network)
  try {
    if (plan.spans.some(({ from }) => from < plan.startBlock)) await options.onExtend()
    for (const span of plan.spans.toReversed()) {
      for await (const range of readDown(options, span)) {
        const events = await store(options, range)
        onFilled({ from: range.from, to: range.to }, events)
      }
    }
  } finally {
    await session.release()
  }
}

/**
 * A session that keeps everybody else from filling a network's history, or taking it back, until it is released.
 * @throws FtError database_conflict when somebody does
 */
export async function holdHistory(db: Db, network: Network): Promise<Session> {
  const session = await db.session(() => undefined)
  const [row] = await session.query<{ held: boolean }>(`SELECT pg_try_advisory_lock(hashtext($2), $1) AS held`, [
    network.id,
    FILL_LOCK,
  ])
  if (row?.held === true) return session
  await session.release()
  throw new FtError(
    'database_conflict',
    `another ft backfill or ft rewind of ${network.name} is at work: wait for it, or stop it`,
  )
}

/** Of one answer, to keep a transaction small; above twice as many the next range is shorter. */
const TARGET_MOVEMENTS = 4_000
const LONGEST = 10_000

/** The ranges of a span from its end to its beginning, in sizes that the endpoints accept. */
async function* readDown({ adapter, signal }: FillOptions, span: BlockSpan): AsyncGenerator<ChainRange> {
  let size = 200
  let to = span.to
  while (to >= span.from) {
    signal.throwIfAborted()
    const from = Math.max(span.from, to - size + 1)
    let range: ChainRange
    try {
      range = await untilAborted(adapter.range(from, to), signal)
    } catch (error) {
      if (!isFtError(error, 'range_too_large') || from === to) throw error
      size = Math.max(1, Math.floor((to - from + 1) / 2))
      continue
    }
    const movements = range.blocks.reduce((sum, block) => sum + movementsIn(block.events), 0)
    if (movements > MOST_MOVEMENTS && from < to) {
      size = Math.max(1, Math.floor((to - from + 1) / 2))
      continue
    }
    yield range
    to = from - 1
    if (movements > 2 * TARGET_MOVEMENTS) size = Math.max(1, Math.floor(size / 2))
    else if (movements < TARGET_MOVEMENTS) size = Math.min(LONGEST, Math.ceil(size * 1.5))
  }
}

async function store({ db, network, scope, applyBlocks }: FillOptions, range: ChainRange): Promise<number> {
  const span = { from: range.from, to: range.to }
  const last = range.blocks.at(-1)?.header.number
  const blocks = last === range.to ? range.blocks : [...range.blocks, { header: range.last, events: [] }]
  return await db.transaction(async (tx) => {
    await refuseReopened(tx, network, range.to)
    await tx.query('SELECT system.ensure_partitions($1, $2, $3)', [network.id, span.from, span.to])
    // Before the read models, which say where history starts
    await tx.query('SELECT system.extend_history($1, $2)', [network.id, span.from])
    const made = await applyBlocks(tx, span, await storeBlocks(tx, network, blocks))
    await recordRange(tx, network, scope, span)
    return made
  })
}

/** A rewind may have taken the cursor below these blocks meanwhile: then they are the writer's again. */
async function refuseReopened(tx: Tx, network: Network, to: number): Promise<void> {
  const [row] = await tx.query<{ open: boolean }>(
    `SELECT state = 'disputed' OR least(block_number, finalized_number) < $2 AS open FROM system.sync_cursors WHERE network_id = $1`,
    [network.id, to],
  )
  if (row?.open === false) return
  throw new FtError(
    'database_conflict',
    `${network.name} was rewound below block ${to}, or is disputed: nothing more is filled`,
  )
}
