import { createApi } from '../../api/app.js'
import { createBus } from '../../bus/create.js'
import type { Config } from '../../core/config.js'
import type { Db } from '../../core/db.js'
import type { IngestOptions } from '../../ingest/options.js'
import { ingestTask } from '../../ingest/tasks.js'
import type { Logger } from '../../observability/logger.js'
import type { Metrics } from '../../observability/metrics.js'
import { applyBlocks } from '../../pipeline/fused.js'
import { pipelineTasks } from '../../pipeline/tasks.js'
import { type Provider, provider } from '../../worker/dependency.js'
import { Runner } from '../../worker/runner.js'
import type { Task } from '../../worker/task.js'
import type { Output } from '../context.js'
import { apiTask, type Listening } from './api.js'
import type { Chain } from './chains.js'
import type { Database, Role } from './database.js'
import { monitorTask } from './monitor.js'
import { createObserver } from './observer.js'
import { publishTask, readersOf } from './publish.js'
import { recordTasks } from './taskMetrics.js'

export interface SystemParts {
  readonly config: Config
  readonly database: Database
  readonly chains: readonly Chain[]
  readonly log: Logger
  readonly metrics: Metrics
  /** Where progress is shown. */
  readonly stdout: Output
  /** Told where the API listens. */
  readonly onListening: (listening: Listening) => void
}

/** Everything of ft.supply as tasks of one process, ready to be started. */
export function createSystem(parts: SystemParts): Runner {
  const { config, database, chains, log, metrics } = parts
  const pipeline = pool(database, 'ft_pipeline', 10)
  const writers = pool(database, 'ft_backfill', 2 + 2 * chains.length)
  const networks = new Map(
    chains.map(({ network, adapter }) => [network.name, { network, parse: adapter.parse }] as const),
  )
  const tasks: Task[] = [
    ...pipelineTasks({ db: pipeline, networks }),
    ...chains.map((chain) => ingestTask(chain.network.name, ingestOptions(chain, writers, parts))),
  ]
  const readers = readersOf(tasks)
  const bus = provider({
    name: 'bus',
    deps: { db: pipeline },
    start: ({ db }) => createBus({ db, log, readers, redisUrl: config.redisUrl }),
    stop: (running) => running.close(),
  })
  if (config.redisUrl !== null) tasks.push(publishTask({ db: pipeline, url: config.redisUrl, readers, log }))
  const runner: Runner = new Runner({
    tasks: [
      ...tasks,
      monitorTask({ db: pool(database, 'ft_pipeline', 1), metrics, dataDir: config.dataDir }),
      apiTask({
        name: 'api',
        db: pool(database, 'ft_api', 20, 10_000),
        create: (db) =>
          createApi({
            ...config.api,
            db,
            log,
            networks: chains.map(({ network }) => network.name),
            observe: ({ route, method, status, seconds }) =>
              metrics.apiRequestSeconds.observe({ route, method, status }, seconds),
            readiness: () => readiness(runner),
          }),
        onListening: parts.onListening,
      }),
    ],
    streams: bus,
    log,
  })
  recordTasks(runner.events, metrics)
  return runner
}

function pool(database: Database, role: Role, max: number, statementTimeoutMs?: number): Provider<Db> {
  return provider({
    name: `database as ${role}`,
    start: () => database.open(role, { max, ...(statementTimeoutMs === undefined ? {} : { statementTimeoutMs }) }),
    stop: (db) => db.end(),
  })
}

function ingestOptions(chain: Chain, writers: Provider<Db>, parts: SystemParts): Provider<IngestOptions> {
  const { config, network, adapter, scope } = chain
  return provider({
    name: `chain ${network.name}`,
    deps: { db: writers },
    start: ({ db }) => ({
      db,
      network,
      adapter,
      scope,
      start: config.start,
      finality: config.finality,
      pollMs: config.development ? 250 : 1000,
      applyBlocks: (tx, blocks, events) => applyBlocks(tx, network, adapter.parse, blocks, events),
      observer: createObserver(config, parts.log, parts.metrics, parts.stdout),
    }),
    stop: () => adapter.close(),
  })
}

function readiness(runner: Runner): { name: string; ok: boolean; detail: string }[] {
  return runner
    .health()
    .tasks.map(({ task, reason }) => ({ name: task, ok: reason === null, detail: reason ?? 'runs' }))
}
