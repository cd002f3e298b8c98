import type { Config } from '../../core/config.js'
import { createLogger } from '../../observability/logger.js'
import { createMetrics } from '../../observability/metrics.js'
import { provider } from '../../worker/dependency.js'
import type { Task } from '../../worker/task.js'
import type { TriggerSpec } from '../../worker/trigger.js'
import { openDatabase } from './database.js'
import { createTasks, onceOf } from './tasks.js'

export interface TaskDescription {
  readonly task: string
  /** `stream`, `loop`, or when it runs. */
  readonly trigger: string
  readonly group: string | null
  readonly topics: readonly string[]
}

/** Every task that there is with these networks. Nothing is opened. */
export function describeTasks(config: Config): TaskDescription[] {
  return declare(config).map(({ name, trigger }) => ({ task: name, ...describeTrigger(trigger) }))
}

/** The names of the tasks that run on one process of the cluster at a time. Nothing is opened. */
export function onceTasks(config: Config): string[] {
  return onceOf(declare(config))
}

function declare(config: Config): readonly Task[] {
  const log = createLogger({ level: 'silent', format: 'json' })
  const { tasks } = createTasks({
    // Several processes need Redis, so that its tasks are listed whether it is configured yet or not.
    config: { ...config, redisUrl: config.redisUrl ?? 'redis://localhost' },
    networks: config.networks,
    database: provider({ name: 'database', start: () => openDatabase(config, log) }),
    log,
    metrics: createMetrics(),
    stdout: { write: () => true },
    onListening: () => undefined,
    readiness: () => [],
  })
  return tasks
}

function describeTrigger(trigger: TriggerSpec): Omit<TaskDescription, 'task'> {
  switch (trigger.kind) {
    case 'stream':
      return { trigger: 'stream', group: trigger.group, topics: trigger.topics }
    case 'every':
      return { trigger: `every ${trigger.intervalMs / 1000} s${trigger.once ? ', once' : ''}`, group: null, topics: [] }
    case 'cron':
      return { trigger: `cron ${trigger.schedule.expression}`, group: null, topics: [] }
    case 'loop':
      return { trigger: 'loop', group: null, topics: [] }
  }
}
