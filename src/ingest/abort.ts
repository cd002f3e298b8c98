/*
 * Abort signals that leave nothing behind. AbortSignal.any keeps every combined signal that was ever listened to for as long as
 * its longest-lived source (Node 20), which for a process that makes ten requests per second is a leak.
 */

/** A signal that aborts with the first of its parents, or when its time is over. Must be released. */
export interface LinkedSignal {
  readonly signal: AbortSignal
  /** Whether it was the time limit that aborted it. */
  readonly timedOut: boolean
  release(): void
}

/** Combines signals, and a time limit in milliseconds, into one. */
export function linkSignals(parents: readonly AbortSignal[], timeoutMs?: number): LinkedSignal {
  const own = new AbortController()
  let timedOut = false
  const listeners = parents.map((parent) => {
    const listener = () => own.abort(parent.reason)
    if (parent.aborted) listener()
    else parent.addEventListener('abort', listener, { once: true })
    return () => parent.removeEventListener('abort', listener)
  })
  const expire = () => {
    timedOut = true
    own.abort(new Error(`no answer within ${timeoutMs} ms`))
  }
  const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs)
  return {
    signal: own.signal,
    get timedOut() {
      return timedOut
    },
    release: () => {
      clearTimeout(timer)
      for (const remove of listeners) remove()
    },
  }
}

/** The promise, or the reason of the signal as soon as it aborts. What the promise then does is nobody's concern any more. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  let listener: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    listener = () => reject(signal.reason)
    if (signal.aborted) listener()
    else signal.addEventListener('abort', listener, { once: true })
  })
  try {
    return await Promise.race([aborted, promise])
  } finally {
    signal.removeEventListener('abort', listener)
  }
}
