/** Lets a loop sleep until something happens, or time is up. A wake while nobody waits is kept for the next wait. */
export interface Wakeup {
  wake(): void
  /** Resolves on wake, after `ms`, or on abort. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** Makes a wakeup for one waiting loop. */
export function createWakeup(): Wakeup {
  let pending = false
  let end: (() => void) | null = null
  return {
    wake: () => {
      pending = true
      end?.()
    },
    wait: async (ms, signal) => {
      if (!pending && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(done, ms)
          function done(): void {
            clearTimeout(timer)
            signal.removeEventListener('abort', done)
            resolve()
          }
          signal.addEventListener('abort', done, { once: true })
          end = done
        })
        end = null
      }
      pending = false
    },
  }
}
