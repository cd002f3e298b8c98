import type { Session } from '../../core/db.js'
import { FtError } from '../../core/errors.js'
import { Wakeup } from '../../core/wakeup.js'
import type { Log } from '../../worker/log.js'
import { putDeadLetters } from '../dlq.js'
import { Frontier } from '../frontier.js'
import { markPublished, type PendingRow, pendingElsewhere, readPending, tendPartitions } from '../pending.js'
import { acknowledgeTo, databaseTime, markStreamed, type Progress, publishAgain, readProgress } from '../streams.js'
import type { Stream } from './stream.js'

/** Bounds of the publisher; the defaults suit production. */
export interface PublisherLimits {
  /** How long to wait without a notification before looking anyway, in milliseconds. */
  readonly pollMs: number
  /** How often streams are checked and trimmed, in milliseconds. */
  readonly upkeepMs: number
  /** How often everything pending is looked at, in milliseconds; see Frontier. */
  readonly sweepMs: number
  /** Entries of a stream, and bytes of memory it takes, from which on its messages wait in the outbox. */
  readonly streamEntries: number
  readonly streamBytes: number
  /** A larger message becomes a dead letter. Far above what splitBySize makes: one item that is larger than that passes. */
  readonly entryBytes: number
}

export const LIMITS: PublisherLimits = {
  pollMs: 1_000,
  upkeepMs: 1_000,
  sweepMs: 30_000,
  streamEntries: 20_000,
  streamBytes: 128 * 1024 * 1024,
  entryBytes: 64 * 1024 * 1024,
}

/** Messages and bytes of a topic that are read and put on its stream in one go. */
const READ_ROWS = 1_000
const READ_BYTES = 8 * 1024 * 1024
/** A full stream is looked at more often. */
const FULL_MS = 25

/**
 * One stretch of time in which this process publishes: pending messages go on the streams in order, and are then marked. When it
 * ends in between, they go on again. What the streams have lost meanwhile is found and set pending again before anything else.
 */
export class Publication {
  readonly #session: Session
  readonly #streams: readonly Stream[]
  readonly #limits: PublisherLimits
  readonly #log: Log | undefined
  readonly #wakeup = new Wakeup()
  readonly #frontier: Frontier
  readonly #told = new Set<string>()
  /** Streams whose messages have not all been read, with the seq of the last that was. */
  readonly #behind = new Map<Stream, number>()
  readonly #recorded = new Map<Stream, number>()
  #batch = 0
  /** The database's time, in microseconds, when the monotonic clock of this process was 0: by the same clock published messages are dropped. */
  #openedAt = 0
  /** Size of the largest message of the last read: more of its kind are not asked for than can be taken. */
  #rowBytes = 1
  #upkeepAt = 0

  constructor(session: Session, streams: readonly Stream[], limits: PublisherLimits, log: Log | undefined) {
    this.#session = session
    this.#streams = streams
    this.#limits = limits
    this.#log = log
    this.#frontier = new Frontier(limits.sweepMs)
  }

  readonly wake = (): void => this.#wakeup.wake()

  /** Publishes until `ended` is aborted. @throws what the session and Redis throw */
  async run(ended: AbortSignal): Promise<void> {
    await this.#open()
    while (!ended.aborted) {
      if (performance.now() >= this.#upkeepAt) await this.#upkeep()
      const isSweep = this.#frontier.isSweepDue()
      const more = await this.#publish()
      if (isSweep) await this.#sweep()
      if (more) continue
      const untilUpkeep = Math.max(0, this.#upkeepAt - performance.now())
      await this.#wakeup.sleep(Math.min(this.#limits.pollMs, untilUpkeep), ended)
    }
  }

  async #open(): Promise<void> {
    this.#openedAt = (await databaseTime(this.#session)) - Math.floor(performance.now() * 1000)
    const progress = new Map((await readProgress(this.#session)).map((known) => [known.topic, known]))
    const publishedTo = ({ topic }: Stream): number => progress.get(topic)?.publishedTo ?? 0
    const damaged = new Set<Stream>()
    for (const stream of this.#streams) {
      const whole = await stream.open()
      if (!whole || stream.lastBatch < publishedTo(stream)) damaged.add(stream)
      this.#batch = Math.max(this.#batch, stream.lastBatch, newest(progress.get(stream.topic)))
    }
    if (this.#streams.some((stream) => stream.lastBatch > publishedTo(stream))) await this.#begin()
    else for (const stream of damaged) await this.#rebuild(stream)
  }

  /**
   * A stream has what PostgreSQL does not know to be published: a publisher was killed before it could say so, or PostgreSQL lost commits, by
   * a failover or because it was restored. Then what is on any stream may never have happened, and what was acknowledged on any may be undone.
   */
  async #begin(): Promise<void> {
    this.#log?.warn(
      {},
      'the streams are ahead of the database: they are begun anew with what is not known to be handled',
    )
    for (const stream of this.#streams) {
      await publishAgain(this.#session, stream.topic)
      await stream.clear()
    }
    this.#frontier.restart()
  }

  /** The stream is not what it was left as: what its groups may lack goes on it again. */
  async #rebuild(stream: Stream): Promise<void> {
    const count = await publishAgain(this.#session, stream.topic)
    await stream.adopt()
    this.#frontier.restart()
    if (count > 0) {
      this.#log?.warn({ topic: stream.topic, count }, 'the stream had lost messages: they are published again')
    }
  }

  /** Publishes what there is room for. Whether there may be more. */
  async #publish(): Promise<boolean> {
    const rooms = new Map(this.#streams.map((stream) => [stream, this.#room(stream)]))
    const open = [...rooms].filter(([, room]) => room > 0).map(([{ topic }, room]) => ({ topic, room }))
    const rows = open.length === 0 ? [] : await readPending(this.#session, open, this.#frontier.from, [], READ_BYTES)
    this.#batch = Math.max(this.#batch + 1, this.#openedAt + Math.floor(performance.now() * 1000))
    if (rows.length > 0) this.#rowBytes = Math.max(...rows.map(({ payload }) => payload.length))
    let more = false
    for (const [stream, room] of rooms) {
      const own = rows.filter(({ topic }) => topic === stream.topic)
      if (own.length > 0) await this.#put(stream, own)
      const isCut = own.length >= room || bytesOf(own) >= READ_BYTES
      if (isCut) this.#behind.set(stream, own.at(-1)?.seq ?? this.#behind.get(stream) ?? 0)
      else this.#behind.delete(stream)
      more ||= room > 0 && isCut
    }
    return more
  }

  #room(stream: Stream): number {
    const { streamEntries, streamBytes } = this.#limits
    if (stream.length >= streamEntries || stream.bytes >= streamBytes) return 0
    const bearable = Math.max(1, Math.floor(READ_BYTES / this.#rowBytes))
    return Math.min(READ_ROWS, bearable, streamEntries - stream.length)
  }

  async #put(stream: Stream, rows: readonly PendingRow[]): Promise<void> {
    const fits = ({ payload }: PendingRow): boolean => Buffer.byteLength(payload) <= this.#limits.entryBytes
    const fitting = rows.filter(fits)
    if (fitting.length > 0) {
      if (!(await stream.append(this.#batch, fitting))) return await this.#rebuild(stream)
      await markStreamed(
        this.#session,
        stream.topic,
        fitting.map(({ seq }) => seq),
        this.#batch,
      )
    }
    const large = rows.filter((row) => !fits(row))
    if (large.length > 0) await this.#bury(stream, large)
    this.#frontier.reached(rows.at(-1)?.seq ?? 0)
  }

  /** No group can be given such a message, so each gets the letter. */
  async #bury(stream: Stream, rows: readonly PendingRow[]): Promise<void> {
    const { entryBytes } = this.#limits
    for (const { seq, topic, payload } of rows) {
      const reason = `message ${seq} of ${topic} has ${Buffer.byteLength(payload)} bytes; the bus takes ${entryBytes}`
      const { code } = new FtError('message_too_large', reason)
      const letter = { topic, network: null, key: String(seq), payload: JSON.parse(payload), code, reason }
      await putDeadLetters(
        this.#session,
        stream.groups.map((group) => ({ ...letter, group })),
      )
      this.#log?.error({ topic }, `${reason}: it is a dead letter`)
    }
    await markPublished(
      this.#session,
      rows.map(({ seq }) => seq),
    )
  }

  /** Drops what every group has acknowledged, and finds what is missing. */
  async #upkeep(): Promise<void> {
    for (const stream of this.#streams) {
      const floor = await stream.acknowledged()
      if (await stream.trim(floor)) await this.#recordAcknowledged(stream, floor)
      else await this.#rebuild(stream)
    }
    const isFull = this.#streams.some((stream) => this.#room(stream) === 0)
    this.#upkeepAt = performance.now() + (isFull ? FULL_MS : this.#limits.upkeepMs)
  }

  async #recordAcknowledged(stream: Stream, floor: string): Promise<void> {
    const batch = stream.length === 0 ? stream.lastBatch + 1 : Number(floor.slice(0, floor.indexOf('-')))
    if (batch <= (this.#recorded.get(stream) ?? 0)) return
    await acknowledgeTo(this.#session, stream.topic, batch)
    this.#recorded.set(stream, batch)
  }

  async #sweep(): Promise<void> {
    this.#frontier.sweep(Math.min(...this.#behind.values()))
    await tendPartitions(this.#session, this.#log)
    const known = [...this.#streams.map(({ topic }) => topic), ...this.#told]
    for (const { topic, count } of await pendingElsewhere(this.#session, known)) {
      this.#told.add(topic)
      this.#log?.warn({ topic, count }, 'messages wait for a group that reads their topic')
    }
  }
}

function bytesOf(rows: readonly PendingRow[]): number {
  return rows.reduce((sum, { payload }) => sum + Buffer.byteLength(payload), 0)
}

function newest(progress: Progress | undefined): number {
  return progress === undefined ? 0 : Math.max(progress.publishedTo, progress.acknowledgedTo)
}
