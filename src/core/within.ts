/**
 * Waits for `work`, at most `ms` milliseconds and not past an abort of `signal`.
 * @throws what `work` throws; Error when it is not over in time; the signal's reason when that comes first
 */
export async function within<T>(work: Promise<T>, ms: number, what: string, signal: AbortSignal): Promise<T> {
  let giveUp: (error: unknown) => void = () => undefined
  const limit = new Promise<never>((_, reject) => {
    giveUp = reject
  })
  const left = Math.max(0, ms)
  const timer = setTimeout(() => giveUp(new Error(`${what} was not over within ${Math.round(left)} ms`)), left)
  const onAbort = (): void => giveUp(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
