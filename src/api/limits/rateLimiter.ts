import type { RateDecision } from './gcra.js'

/** Counts what callers do. */
export interface RateLimiter {
  /** Counts one request of `caller`, of whom `perMinute` are allowed, unless it is one too many. */
  take(caller: string, perMinute: number): Promise<RateDecision>
}
