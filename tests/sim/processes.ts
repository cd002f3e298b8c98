import { readersOf } from '../../src/cli/compose/publish.js'
import { createPool, type Db, isConnectionError } from '../../src/core/db.js'
import { isFtError, messageOf } from '../../src/core/errors.js'
import type { BlockSpan } from '../../src/core/events.js'
import type { Network } from '../../src/core/networks.js'
import { sleep } from '../../src/core/wakeup.js'
import type { ChainAdapter } from '../../src/ingest/adapter.js'
import { type FillOptions, fill, planFill } from '../../src/ingest/fill.js'
import type { IngestOptions } from '../../src/ingest/options.js'
import { type RewindOptions, rewind } from '../../src/ingest/rewind.js'
import { applyBlocks, recordBlocks } from '../../src/pipeline/fused.js'
import { closeOpenings, Openings } from '../../src/pipeline/openings.js'
import { takeBackBlocks } from '../../src/pipeline/rewind.js'
import type { Networks } from '../../src/pipeline/stages.js'
import { Sweep } from '../../src/pipeline/sweep/sweep.js'
import { pipelineTasks } from '../../src/pipeline/tasks.js'
import { provider } from '../../src/worker/dependency.js'
import type { Log } from '../../src/worker/log.js'
import { Runner } from '../../src/worker/runner.js'
import type { Random } from '../support/world/random.js'
import { createSimBus } from './buses.js'
import { type DeliveryCounts, type DeliveryFaults, FaultyBus, type Reading } from './faultyBus.js'
import { type DatabaseFaults, type FaultyDb, faultyDb } from './faultyDb.js'

/** A process of the system under test: it runs inside the test, but can be stopped or killed as one. */
export interface SimProcess {
  setFaults(database: DatabaseFaults, delivery: DeliveryFaults): void
  /** As SIGTERM does. */
  stop(): Promise<void>
  /** As SIGKILL does: connections end in the middle of what they do, and nothing of the process gets through any more. */
  kill(): Promise<void>
}

export interface ProcessOptions {
  /** Unique among all processes of the database, also the earlier ones. */
  readonly name: string
  readonly url: string
  readonly admin: Db
  readonly network: Network
  readonly adapter: ChainAdapter
  readonly random: Random
  /** Told of what no process should end with. */
  readonly onFailure: (error: unknown) => void
}

export interface WriterOptions extends ProcessOptions, Pick<IngestOptions, 'start' | 'finality' | 'observer'> {
  readonly ingest: (options: IngestOptions, signal: AbortSignal) => Promise<void>
}

/** Ingestion: the real writer, started again when it lost its lease or its database, as its supervisor would. */
export function startWriter(options: WriterOptions): SimProcess {
  const { network, adapter, start, finality, observer } = options
  const db = openPool(options, 'ft_backfill')
  const stopping = new AbortController()
  const ingest: IngestOptions = {
    db,
    network,
    adapter,
    scope: 'all',
    start,
    finality,
    pollMs: 20,
    retryMs: 4,
    recordBlocks: (tx, blocks, events) => recordBlocks(tx, network, adapter.parse, blocks, events),
    observer,
  }
  const ended = keepRunning(() => options.ingest(ingest, stopping.signal), stopping.signal).catch((error: unknown) => {
    if (!stopping.signal.aborted) options.onFailure(error)
  })
  return asProcess(db, stopping, ended)
}

/** Work that goes on until `stopping`, as a process. */
function asProcess(db: FaultyDb, stopping: AbortController, ended: Promise<void>): SimProcess {
  const stop = async (): Promise<void> => {
    stopping.abort()
    await ended
    await db.end()
  }
  return {
    setFaults: (database) => db.setFaults(database),
    stop,
    kill: async () => {
      stopping.abort()
      await db.cutOff()
      await stop()
    },
  }
}

async function keepRunning(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await work()
    } catch (error) {
      if (!isPassing(error)) throw error
    }
  }
}

function isPassing(error: unknown): boolean {
  return isConnectionError(error) || (isFtError(error) && error.spec.retryable)
}

/** The task that asks contracts what was held before the first block. */
export function startOpenings(options: ProcessOptions): SimProcess {
  const { network, adapter } = options
  const db = openPool(options, 'ft_pipeline')
  const stopping = new AbortController()
  const openings = new Openings(db, network, (questions, block) => adapter.holdings(questions, block), { restMs: 20 })
  return asProcess(
    db,
    stopping,
    lookAgain(options, stopping.signal, () => openings.look(stopping.signal)),
  )
}

/** The task that sends again what the bus has lost. */
export function startSweeper(options: ProcessOptions): SimProcess {
  const { network, adapter } = options
  const db = openPool(options, 'ft_pipeline')
  const stopping = new AbortController()
  const sweep = new Sweep(network, adapter.parse, { patienceMs: 300, blocks: 200 })
  return asProcess(
    db,
    stopping,
    lookAgain(options, stopping.signal, () => db.transaction((tx) => sweep.look(tx))),
  )
}

/** Looks every 20 ms until the signal aborts. */
async function lookAgain(
  { onFailure }: ProcessOptions,
  signal: AbortSignal,
  look: () => Promise<unknown>,
): Promise<void> {
  for (; !signal.aborted; await sleep(20, signal)) {
    try {
      await look()
    } catch (error) {
      if (signal.aborted || isPassing(error)) continue
      onFailure(error)
      return
    }
  }
}

/** What came of a rewind. */
export interface Rewinding {
  /** The network was taken back. */
  readonly rewound: boolean
  /** Why it was not, or not all the way; null where it was, and where there was nothing to do. */
  readonly refusal: unknown
}

/** `ft rewind`. */
export async function rewindOnce(options: ProcessOptions, to: number, faults: DatabaseFaults): Promise<Rewinding> {
  const { network, adapter } = options
  const db = openPool(options, 'ft_backfill')
  db.setFaults(faults)
  const takeBack: RewindOptions['takeBack'] = (tx, step) => takeBackBlocks(tx, network, step)
  try {
    const done = await rewind({ db, network, adapter, to, takeBack })
    return { rewound: done.to < (done.from ?? 0), refusal: null }
  } catch (error) {
    if (!isPassing(error) && !isFtError(error, 'fork_below_finality') && !isFtError(error, 'request_invalid'))
      throw error
    return { rewound: false, refusal: error }
  } finally {
    await db.end()
  }
}

/** `ft backfill` of history before the first block. Gives why it ended early, or null. */
export async function extendOnce(options: ProcessOptions, blocks: BlockSpan, faults: DatabaseFaults): Promise<unknown> {
  const { network, adapter } = options
  const db = openPool(options, 'ft_backfill')
  db.setFaults(faults)
  const filling: FillOptions = {
    ...{ db, network, adapter, scope: 'all', signal: new AbortController().signal },
    applyBlocks: (tx, span, events) => applyBlocks(tx, network, adapter.parse, span, events),
    onExtend: async () => {
      await closeOpenings(db, network)
    },
  }
  try {
    await fill(filling, await planFill(db, network, 'all', blocks), () => undefined)
    return null
  } catch (error) {
    if (!isPassing(error) && !isFtError(error, 'request_invalid')) throw error
    return error
  } finally {
    await db.end()
  }
}

export interface PipelineOptions extends ProcessOptions {
  readonly reading: Reading
  readonly counts: DeliveryCounts
  /** null: the embedded bus. */
  readonly redisUrl: string | null
}

/**
 * The stages on a real bus, run by the real runner. Of several such processes on the embedded bus one delivers, and another takes over;
 * on Redis all of them do.
 */
export async function startPipeline(options: PipelineOptions): Promise<SimProcess> {
  const { network, adapter, random, reading, counts, redisUrl, onFailure } = options
  const pool = openPool(options, 'ft_pipeline')
  const networks: Networks = new Map([[network.name, { network, parse: adapter.parse }]])
  const deps = {
    db: provider({ name: 'database', start: () => pool }),
    networks: provider({ name: 'networks', start: () => networks }),
  }
  // So little that forks of every depth are taken back in parts
  const tasks = pipelineTasks(deps, [network.name], { blocks: 3, entries: 4 })
  const inner = createSimBus({ db: pool, log: strictLog(onFailure), readers: readersOf(tasks), redisUrl })
  const bus = new FaultyBus(inner, random, reading, counts)
  const runner = new Runner({
    tasks,
    streams: provider({ name: 'bus', start: () => bus, stop: () => inner.close() }),
    drainMs: 60_000,
    closeMs: 60_000,
  })
  await runner.start()
  return {
    setFaults: (database, delivery) => {
      pool.setFaults(database)
      bus.setFaults(delivery)
    },
    stop: async () => {
      await runner.stop()
      await pool.end()
    },
    kill: async () => {
      await pool.cutOff()
      runner.abort()
      // what a killed process thinks of its end is nobody's concern
      await runner.stop().catch(() => undefined)
      await inner.destroy()
      await pool.end()
    },
  }
}

function openPool({ url, name, admin, random }: ProcessOptions, role: 'ft_backfill' | 'ft_pipeline'): FaultyDb {
  return faultyDb(createPool({ url, role, applicationName: name, max: 6 }), name, admin, random)
}

/** A dead letter of a message means that a stage could not bear what the simulation did to it. */
function strictLog(onFailure: (error: unknown) => void): Log {
  const log: Log = {
    child: () => log,
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (fields, message) =>
      onFailure(new Error(`${message}: ${messageOf(fields['err'])}`, { cause: fields['err'] })),
  }
  return log
}
