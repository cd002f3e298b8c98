/** Lets one loop sleep until something happens. A wake while nobody sleeps is kept for the next sleep. */
export class Wakeup {
  #pending = false
  #end: (() => void) | undefined

  readonly wake = (): void => {
    this.#pending = true
    this.#end?.()
  }

  /** Resolves after a wake, after `ms`, or when `signal` is aborted. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#pending && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#end = () => {
          clearTimeout(timer)
          resolve()
        }
        signal.addEventListener('abort', this.#end, { once: true })
      })
      if (this.#end !== undefined) signal.removeEventListener('abort', this.#end)
      this.#end = undefined
    }
    this.#pending = false
  }
}

/** Waits `ms`, or until `signal` is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Wakeup().sleep(ms, signal)
}
