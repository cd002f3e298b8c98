import type { Beat } from './beat.js'
import type { Scope } from './dependency.js'
import type { Events } from './events.js'
import type { Log } from './log.js'
import type { Middleware } from './middleware.js'
import type { StreamSource } from './stream.js'

/**
 * running: at work or waiting for it. backing_off: failed, will be tried again. failed: given up for a minute, until somebody has
 * mended the cause. finished: a loop that returned by itself. stopped: told to.
 */
export type TaskState = 'running' | 'backing_off' | 'failed' | 'finished' | 'stopped'

export interface TaskHealth {
  readonly task: string
  readonly trigger: string
  readonly state: TaskState
  readonly inFlight: number
  /** Why this task is not doing its work at the moment, or null. */
  readonly reason: string | null
}

/** A task that has been started. */
export interface Activity {
  /** Takes on no more; resolves when what is under way has ended. */
  stop(): Promise<void>
  /** Aborts the signal of what is under way. */
  abort(reason: Error): void
  health(): TaskHealth
}

/** What a task is started with. */
export interface Surroundings {
  readonly scope: Scope
  readonly log: Log
  readonly events: Events
  readonly middleware: readonly Middleware[]
  readonly streams: StreamSource | null
  readonly beat: Beat | null
}
