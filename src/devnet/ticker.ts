import { messageOf } from '../core/errors.js'

/** What the development network needs of a logger; pino's fits. */
export interface TickerLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

/**
 * Runs `work` every `milliseconds`, never two at once: a late run delays the next. Ends by itself after three failures in a row,
 * which are logged.
 */
export function startTicker(
  milliseconds: number,
  log: TickerLog,
  work: () => Promise<unknown>,
): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let failures = 0

  const run = async (): Promise<void> => {
    const due = Date.now() + milliseconds
    try {
      await work()
      failures = 0
    } catch (error) {
      failures += 1
      log.error({ err: error }, `the development network made no block: ${messageOf(error)}`)
    }
    if (failures >= 3) log.error({}, 'the development network stands still: restart to go on')
    else if (!stopped) schedule(due - Date.now())
  }
  const schedule = (delay: number): void => {
    timer = setTimeout(
      () => {
        running = run()
      },
      Math.max(0, delay),
    )
  }
  schedule(milliseconds)
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
