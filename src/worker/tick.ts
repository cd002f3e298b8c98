import type { Surroundings } from './activity.js'
import { backoff } from './backoff.js'
import { compose, type Middleware, retry, timeout } from './middleware.js'
import type { Monitor } from './monitor.js'
import type { Task, Work } from './task.js'

/** Ticks that may fail in a row before the task counts as not doing its work. */
export const TOLERATED = 2

/** One tick of a task that runs by time: with its retries, watched, each try within its time. */
export function tickOf(task: Task, around: Surroundings, monitor: Monitor): Work {
  const limit: readonly Middleware[] = task.timeoutMs === null ? [] : [timeout(task.timeoutMs)]
  const middleware = [retry(task.retries, backoff(100, 5_000)), ...around.middleware, monitor.watch([]), ...limit]
  return compose(middleware, task.bind(around.scope))
}
