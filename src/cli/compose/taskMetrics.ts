import type { Metrics } from '../../observability/metrics.js'
import type { Events } from '../../worker/events.js'

/** So long the wait of the last messages is shown: a few scrapes see it, and a topic on which nothing comes does not show it for ever. */
const SHOWN_MS = 15_000

/** Every task's metrics, from what the runner tells. */
export function recordTasks(events: Events, metrics: Metrics): void {
  const idle = new Map<string, NodeJS.Timeout>()
  events.on('started', ({ task, inFlight, lagSeconds, redelivered }) => {
    clearTimeout(idle.get(task))
    metrics.taskInFlight.set({ task }, inFlight)
    metrics.taskFailures.inc({ task }, 0)
    metrics.taskRedeliveries.inc({ task }, 0)
    if (lagSeconds !== null) metrics.taskLag.set({ task }, lagSeconds)
    if (redelivered > 0) metrics.taskRedeliveries.inc({ task }, redelivered)
  })
  events.on('succeeded', ({ task, inFlight, durationSeconds, messages }) => {
    if (messages > 0) {
      metrics.taskMessages.inc({ task }, messages)
      if (inFlight === 0) idle.set(task, setTimeout(() => metrics.taskLag.set({ task }, 0), SHOWN_MS).unref())
    }
    metrics.taskInFlight.set({ task }, inFlight)
    metrics.taskDurationSeconds.observe({ task }, durationSeconds)
  })
  events.on('failed', ({ task, inFlight, durationSeconds }) => {
    metrics.taskInFlight.set({ task }, inFlight)
    metrics.taskDurationSeconds.observe({ task }, durationSeconds)
    metrics.taskFailures.inc({ task })
  })
}
