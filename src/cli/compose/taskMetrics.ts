import type { Metrics } from '../../observability/metrics.js'
import type { Events } from '../../worker/events.js'

/** Every task's metrics, from what the runner tells. */
export function recordTasks(events: Events, metrics: Metrics): void {
  events.on('started', ({ task, inFlight, lagSeconds, redelivered }) => {
    metrics.taskInFlight.set({ task }, inFlight)
    metrics.taskFailures.inc({ task }, 0)
    metrics.taskRedeliveries.inc({ task }, 0)
    if (lagSeconds !== null) metrics.taskLag.set({ task }, lagSeconds)
    if (redelivered > 0) metrics.taskRedeliveries.inc({ task }, redelivered)
  })
  events.on('succeeded', ({ task, inFlight, durationSeconds, messages }) => {
    if (messages > 0) metrics.taskMessages.inc({ task }, messages)
    metrics.taskInFlight.set({ task }, inFlight)
    metrics.taskDurationSeconds.observe({ task }, durationSeconds)
  })
  events.on('failed', ({ task, inFlight, durationSeconds }) => {
    metrics.taskInFlight.set({ task }, inFlight)
    metrics.taskDurationSeconds.observe({ task }, durationSeconds)
    metrics.taskFailures.inc({ task })
  })
}
