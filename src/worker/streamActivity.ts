import type { Activity, Surroundings } from './activity.js'
import { backoff } from './backoff.js'
import { compose, type Middleware, timeout } from './middleware.js'
import { Monitor } from './monitor.js'
import type { Task } from './task.js'
import type { StreamSpec } from './trigger.js'

/** Five failures with these pauses take about two seconds: so long can a message that always fails hold up its topic. */
const delayMs = backoff(100, 5_000)

/** Subscribes a task to its topics. The bus retries and buries; here messages are checked, timed and counted. */
export function startStream(task: Task, spec: StreamSpec, around: Surroundings): Activity {
  if (around.streams === null) throw new Error(`task ${task.name} reads streams, but the runner was given none`)
  const { name } = task
  const work = task.bind(around.scope)
  const log = around.log.child({ task: name })
  const monitor = new Monitor(name, around.events)
  const limit: readonly Middleware[] = task.timeoutMs === null ? [] : [timeout(task.timeoutMs)]
  let stopped = false
  const consumer = around.streams.subscribe({
    group: spec.group,
    topics: spec.topics,
    batch: spec.batch,
    maxInFlight: task.maxInFlight,
    retry: { maxFailures: task.retries + 1, delayMs },
    handle: (messages, signal) =>
      compose([...around.middleware, monitor.watch(messages), ...limit], work)(messages, { task: name, signal, log }),
  })
  return {
    stop: () => {
      stopped = true
      return consumer.stop()
    },
    abort: (reason) => consumer.abort(reason),
    health: () => ({
      task: name,
      trigger: 'stream',
      state: stopped ? 'stopped' : 'running',
      inFlight: monitor.inFlight,
      reason: stopped ? null : consumer.trouble(),
    }),
  }
}
