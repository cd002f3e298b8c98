import { setTimeout as delay } from 'node:timers/promises'

/** Lets a loop sleep until something happens, or time is up. A wake while nobody waits is kept for the next wait. */
export interface Wakeup {
  wake(): void
  /** Resolves on wake, after `ms`, or on abort. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export function createWakeup(): Wakeup {
  let pending = false
  let sleeper: AbortController | null = null
  return {
    wake: () => {
      pending = true
      sleeper?.abort()
    },
    wait: async (ms, signal) => {
      if (!pending && !signal.aborted) {
        sleeper = new AbortController()
        try {
          await delay(ms, undefined, { signal: AbortSignal.any([sleeper.signal, signal]) })
        } catch (error) {
          if (!(error instanceof Error && error.name === 'AbortError')) throw error
        } finally {
          sleeper = null
        }
      }
      pending = false
    },
  }
}
