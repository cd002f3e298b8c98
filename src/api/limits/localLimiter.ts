import { gcra } from './gcra.js'
import type { RateLimiter } from './rateLimiter.js'

/** More callers than that at once, and those that used the least are forgotten first. */
const MAX_CALLERS = 100_000

/** Limits of this process alone, in its memory. `now` is a monotonic clock in milliseconds: one that goes back would refuse callers for as long. */
export function localLimiter(now: () => number = () => performance.now(), maxCallers = MAX_CALLERS): RateLimiter {
  const states = new Map<string, number>()
  return {
    take: async (caller, perMinute) => {
      const at = now()
      const { decision, full } = gcra(states.get(caller) ?? 0, at, perMinute)
      if (!states.has(caller) && states.size >= maxCallers) makeRoom(states, at, maxCallers)
      states.set(caller, full)
      return decision
    },
  }
}

/** Drops those who have everything back; if that is nobody, the tenth that has been here longest. */
function makeRoom(states: Map<string, number>, now: number, maxCallers: number): void {
  for (const [caller, full] of states) if (full <= now) states.delete(caller)
  for (const caller of states.keys()) {
    if (states.size < maxCallers * 0.9) return
    states.delete(caller)
  }
}
