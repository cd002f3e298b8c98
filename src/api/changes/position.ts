import { fieldProblem } from '../problem.js'

/** How far somebody has followed the feed: the number of the last row, per network. */
export type Position = ReadonlyMap<string, number>

const PART = /^([a-z0-9][a-z0-9_-]{0,63}):(0|[1-9]\d{0,14})$/

/** A position as the id of an event: `polygon:12,ton:5`. */
export function formatPosition(position: Position): string {
  return [...position].map(([network, seq]) => `${network}:${seq}`).join(',')
}

/**
 * The position in an id that `formatPosition` made.
 * @throws FtError request_invalid naming the header
 */
export function parsePosition(text: string): Position {
  const parts = text.split(',').map((part) => PART.exec(part.trim()))
  return new Map(
    parts.map((part) => {
      if (part?.[1] !== undefined) return [part[1], Number(part[2])]
      throw fieldProblem('request_invalid', {
        field: 'last-event-id',
        in: 'header',
        detail: 'is no id of an event of this stream; leave it out to begin with what happens from now on',
      })
    }),
  )
}
