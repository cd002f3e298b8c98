import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { Db } from '../../core/db.js'
import { type EventFilter, eventText, heartbeatText, isOf, matches, readyText, resetText } from './events.js'
import type { ChangeFeed, Follower } from './feed.js'
import { formatPosition, type Position } from './position.js'
import { type Change, changesAfter, type FeedState, feedStates } from './query.js'

/** A caller that has so many bytes waiting for it is too slow, and is cut off: it may resume. */
const MOST_WAITING = 1024 * 1024
const HEARTBEAT_MS = 15_000
const BATCH = 500

export interface FollowOptions {
  readonly db: Db
  readonly feed: ChangeFeed
  readonly filter: EventFilter
  /** Where the caller was; undefined: what happens from now on. */
  readonly from: Position | undefined
}

/** The text of one caller's event stream. It ends when the caller leaves, is too slow, or the feed is closed. */
export async function followChanges({ db, feed, filter, from }: FollowOptions): Promise<PassThrough> {
  await feed.start()
  const states = await feedStates(db)
  const stream = new PassThrough()
  const position = new Map(states.map(({ network, last }) => [network, from?.get(network) ?? (from ? 0 : last)]))
  const lost = states.filter((state) => isLost(state, position.get(state.network) ?? 0))
  for (const { network, last } of lost) position.set(network, last)
  stream.write(`retry: 2000\n\n${readyText(formatPosition(position), states)}`)
  for (const { network } of lost) {
    if (isOf(network, filter)) stream.write(resetText(formatPosition(position), network))
  }
  catchUp({ db, feed, filter, from }, stream, position).catch((error: unknown) => {
    feed.failed(error)
    stream.destroy()
  })
  return stream
}

/** Whether rows behind the place are gone already, or the place is one that this feed never had. */
function isLost({ first, last }: FeedState, seq: number): boolean {
  return seq > last || (seq < first - 1 && last > 0)
}

/**
 * Whether rows before this one were dropped while nobody read them: by a caller that takes its time, or without the database for long.
 * The writer leaves out a number only where a reset replaces the one before it, and that tells the same.
 */
function isAfterGap({ seq, kind }: Change, last: number): boolean {
  return seq > last + 1 && kind !== 'reset'
}

/** Tells what is behind the position, then joins the reader of the feed where that is no further. */
async function catchUp({ db, feed, filter }: FollowOptions, stream: PassThrough, position: Map<string, number>) {
  const tell = (changes: readonly Change[]) => {
    for (const change of changes) {
      const last = position.get(change.network) ?? 0
      if (change.seq <= last) continue
      if (isAfterGap(change, last) && matches({ ...change, kind: 'reset' }, filter)) {
        // The id is the place before the change, which a caller that leaves here has yet to be told.
        stream.write(resetText(formatPosition(position.set(change.network, change.seq - 1)), change.network))
      }
      position.set(change.network, change.seq)
      if (matches(change, filter)) stream.write(eventText(formatPosition(position), change))
    }
  }
  for (;;) {
    const changes = await changesAfter(db, position, BATCH)
    tell(changes)
    if (stream.writableNeedDrain) await Promise.race([once(stream, 'drain'), once(stream, 'close')])
    if (stream.destroyed || feed.isClosed) break
    if (changes.length === 0 && isCaughtUp(feed.position, position)) break
  }
  if (stream.destroyed) return
  if (feed.isClosed) {
    stream.end()
    return
  }
  join(feed, stream, tell, () => formatPosition(position))
}

function isCaughtUp(reader: Position, position: Position): boolean {
  return [...reader].every(([network, seq]) => (position.get(network) ?? 0) >= seq)
}

function join(feed: ChangeFeed, stream: PassThrough, tell: Follower['take'], id: () => string): void {
  const leave = feed.join({
    take: (changes) => {
      tell(changes)
      if (stream.writableLength > MOST_WAITING) stream.destroy()
    },
    end: () => stream.end(),
  })
  // An id without data moves the caller's place forward although nothing of what it follows has happened.
  const heartbeat = setInterval(() => stream.write(heartbeatText(id())), HEARTBEAT_MS)
  const stop = () => {
    clearInterval(heartbeat)
    leave()
  }
  stream.once('close', stop)
  stream.once('finish', stop)
}
