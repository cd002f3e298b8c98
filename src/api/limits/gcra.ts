/*
 * The generic cell rate algorithm: a caller's whole state is the time at which everything that was used would be given back
 * (the "theoretical arrival time"). A minute's worth may come at once; after that one request is given back every 1/n minute. No window
 * begins or ends, so nobody gains by waiting for one.
 */

export const WINDOW_MS = 60_000

export interface RateDecision {
  readonly allowed: boolean
  /** Requests that would be allowed right now. */
  readonly remaining: number
  /** Milliseconds until all are given back. */
  readonly resetMs: number
  /** Milliseconds until the next one is allowed; 0 when one is. */
  readonly retryMs: number
}

/** Decides about one request at `now` (ms) of a caller whose state is `full` (ms). Gives the state after it; refused ones cost nothing. */
export function gcra(full: number, now: number, perMinute: number): { decision: RateDecision; full: number } {
  const interval = WINDOW_MS / perMinute
  const used = Math.max(full, now) - now
  const after = used + interval
  // A millisecond is finer than clocks agree; without it, rounding could refuse the last of n requests.
  const allowed = after <= WINDOW_MS + 1
  const spent = allowed ? after : used
  return { decision: gcraDecision(allowed, spent, perMinute), full: now + spent }
}

/** What follows for the caller when `spentMs` of its minute are spent, after a request that was allowed or not. */
export function gcraDecision(allowed: boolean, spentMs: number, perMinute: number): RateDecision {
  const interval = WINDOW_MS / perMinute
  const remaining = Math.max(0, Math.floor((WINDOW_MS - spentMs + 1) / interval))
  return { allowed, remaining, resetMs: spentMs, retryMs: allowed ? 0 : spentMs + interval - WINDOW_MS }
}
