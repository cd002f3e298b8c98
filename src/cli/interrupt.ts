/** Calls `work` with a signal that the first Ctrl-C (or SIGTERM) aborts; a second one ends the process as usual. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = (): void => controller.abort(new Error('interrupted'))
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    return await work(controller.signal)
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}

const ENDING = { SIGINT: 2, SIGTERM: 15 } as const

/**
 * From now on a signal that nobody else listens to ends the process by an exit of its own, with the code that a shell gives such an end. Ended
 * by the system it would leave running what it has started: the embedded PostgreSQL, a development chain. And as the first process of a container
 * it would not end at all.
 */
export function exitOnSignals(): void {
  for (const [signal, number] of Object.entries(ENDING)) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + number)
    })
  }
}
