import type { ChainEvent } from './adapter.js'

/** Of one transaction or message, where it can be cut: memory and work follow movements. */
export const MOST_MOVEMENTS = 20_000

/** How many movements these events stand for, at most. */
export function movementsIn(events: readonly Pick<ChainEvent, 'movements'>[]): number {
  return events.reduce((sum, { movements = 1 }) => sum + movements, 0)
}
