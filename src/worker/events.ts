import { EventEmitter } from 'node:events'
import type { Log } from './log.js'

/** One run of a task. `topic` and `messages` are null and 0 for triggers that are not streams. */
export interface RunEvent {
  readonly task: string
  readonly topic: string | null
  readonly messages: number
  /** Runs of this task under way, this one included when it starts and excluded when it ends. */
  readonly inFlight: number
}

export interface StartedEvent extends RunEvent {
  /** Age of the oldest message, in seconds; null when the trigger is not a stream. */
  readonly lagSeconds: number | null
  /** How many of the messages were delivered before. */
  readonly redelivered: number
}

export interface EndedEvent extends RunEvent {
  readonly durationSeconds: number
}

export interface FailedEvent extends EndedEvent {
  readonly error: unknown
}

/** What the runner tells whoever listens: metrics and logs do, the runner knows neither. */
export interface WorkerEvents {
  readonly started: [StartedEvent]
  readonly succeeded: [EndedEvent]
  readonly failed: [FailedEvent]
  /** A loop will be started again after `delayMs`, because of `error`. */
  readonly restarted: [{ readonly task: string; readonly error: unknown; readonly delayMs: number }]
}

/** A typed emitter whose listeners cannot hurt the work: what one throws is logged. */
export class Events {
  readonly #emitter = new EventEmitter()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** Calls `listener` for every event of this name; the returned function ends that. */
  on<K extends keyof WorkerEvents>(name: K, listener: (event: WorkerEvents[K][0]) => void): () => void {
    const guarded = (event: WorkerEvents[K][0]): void => {
      try {
        listener(event)
      } catch (error) {
        this.#log.error({ err: error, event: name }, 'a listener failed')
      }
    }
    this.#emitter.on(name, guarded)
    return () => this.#emitter.off(name, guarded)
  }

  emit<K extends keyof WorkerEvents>(name: K, event: WorkerEvents[K][0]): void {
    this.#emitter.emit(name, event)
  }
}
