import { gcraDecision } from './gcra.js'
import type { RateLimiter } from './rateLimiter.js'

/** Counts requests for all processes together. Rejects when it cannot. */
export interface SharedCounts {
  take(caller: string, perMinute: number): Promise<{ readonly allowed: boolean; readonly spentMs: number }>
}

/** After a failure so long nobody is asked again: requests must not wait for a server that is away. */
const PAUSE_MS = 5_000

/** Limits that hold over all processes, and over this one alone while the shared counts cannot be had; `onFailure` hears of it. */
export function sharedLimiter(
  counts: SharedCounts,
  local: RateLimiter,
  onFailure: (error: unknown) => void,
): RateLimiter {
  let pausedUntil = 0
  return {
    take: async (caller, perMinute) => {
      if (performance.now() < pausedUntil) return await local.take(caller, perMinute)
      try {
        const { allowed, spentMs } = await counts.take(caller, perMinute)
        return gcraDecision(allowed, spentMs, perMinute)
      } catch (error) {
        if (performance.now() >= pausedUntil) onFailure(error)
        pausedUntil = performance.now() + PAUSE_MS
        return await local.take(caller, perMinute)
      }
    },
  }
}
