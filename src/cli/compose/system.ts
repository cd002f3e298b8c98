import { isConnectionError } from '../../core/db.js'
import { provider } from '../../worker/dependency.js'
import { Runner } from '../../worker/runner.js'
import { openDatabase } from './database.js'
import { selectTasks } from './select.js'
import { recordTasks } from './taskMetrics.js'
import { createTasks, type TaskParts } from './tasks.js'

/** Twice the time that the embedded PostgreSQL may take to stop: it writes a checkpoint. */
const EMBEDDED_CLOSE_MS = 40_000

export interface SystemParts extends Omit<TaskParts, 'database' | 'readiness'> {
  /** Name of the development chain's database on the embedded server. */
  readonly databaseName?: string | undefined
  /** Names of the tasks to run; default all. */
  readonly only?: readonly string[]
}

/** Tasks of ft.supply as one process, with the database and everything else they need, ready to be started. */
export function createSystem({ databaseName, only, ...parts }: SystemParts): Runner {
  const { config, log, metrics } = parts
  const database = provider({
    name: 'database',
    start: () => openDatabase(config, log, { name: databaseName }),
    stop: (opened) => opened.close(),
  })
  const { tasks, bus, beat } = createTasks({ ...parts, database, readiness: () => readiness(runner) })
  const runner: Runner = new Runner({
    tasks: only === undefined ? tasks : selectTasks(tasks, only),
    streams: bus,
    beat,
    log,
    isPassing: isConnectionError,
    ...(config.databaseUrl === null ? { closeMs: EMBEDDED_CLOSE_MS } : {}),
  })
  recordTasks(runner.events, metrics)
  return runner
}

function readiness(runner: Runner): { name: string; ok: boolean; detail: string }[] {
  return runner
    .health()
    .tasks.map(({ task, reason }) => ({ name: task, ok: reason === null, detail: reason ?? 'runs' }))
}
