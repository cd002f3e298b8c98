import type { Events } from './events.js'
import type { Middleware } from './middleware.js'
import type { Delivery } from './stream.js'

/** Counts the runs of one task and tells the listeners about them. */
export class Monitor {
  inFlight = 0
  /** Runs that failed since the last one that did not. */
  failures = 0
  lastError: unknown = null
  readonly #task: string
  readonly #events: Events

  constructor(task: string, events: Events) {
    this.#task = task
    this.#events = events
  }

  /** Middleware that watches the runs of one call; `messages` are what the bus delivered (empty for other triggers). */
  watch(messages: readonly Delivery[]): Middleware {
    return (next) => async (input, context) => {
      const start = performance.now()
      this.inFlight += 1
      this.#events.emit('started', { ...this.#run(messages), ...arrival(messages) })
      try {
        await next(input, context)
        this.inFlight -= 1
        this.failures = 0
        this.#events.emit('succeeded', { ...this.#run(messages), durationSeconds: since(start) })
      } catch (error) {
        this.inFlight -= 1
        this.failures += 1
        this.lastError = error
        this.#events.emit('failed', { ...this.#run(messages), durationSeconds: since(start), error })
        throw error
      }
    }
  }

  #run(messages: readonly Delivery[]) {
    return {
      task: this.#task,
      topic: messages[0]?.topic ?? null,
      messages: messages.length,
      inFlight: this.inFlight,
    }
  }
}

function arrival(messages: readonly Delivery[]): { lagSeconds: number | null; redelivered: number } {
  if (messages.length === 0) return { lagSeconds: null, redelivered: 0 }
  const oldest = Math.min(...messages.map((message) => message.enqueuedAt.getTime()))
  return {
    lagSeconds: Math.max(0, Date.now() - oldest) / 1000,
    redelivered: messages.filter((message) => message.attempt > 1).length,
  }
}

function since(start: number): number {
  return (performance.now() - start) / 1000
}
