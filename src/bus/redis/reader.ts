import { messageOf } from '../../core/errors.js'
import type { Outages } from '../../core/outages.js'
import { sleep, Wakeup } from '../../core/wakeup.js'
import type { Log } from '../../worker/log.js'
import type { Lane } from '../lane.js'
import { isReplyError, type RedisServer } from './connection.js'
import type { Entry } from './entry.js'
import { Group } from './group.js'
import { Hand } from './hand.js'
import { keysOf } from './keys.js'
import { Link } from './link.js'
import type { Timing } from './options.js'

export interface ReaderOptions {
  readonly server: RedisServer
  /** Connection for everything that does not block; shared by the readers of a process. */
  readonly link: Link
  readonly prefix: string
  readonly consumer: string
  readonly timing: Timing
  readonly log: Log | undefined
  /** Told when Redis cannot be read, or takes no acknowledgement, and when it can and does; shared by the readers of a process. */
  readonly outages: Outages
}

/** Bytes of payloads that one reader has in hand at most, unless a single message is larger. */
const BYTES_IN_HAND = 32 * 1024 * 1024
const RETRY_MS = 500
const UNBLOCK_MS = 50

/**
 * Feeds one lane from one stream, and acknowledges what the lane has handled. In this order, so that the messages of a lone
 * consumer keep theirs:
 *   1. what this consumer was given before its connection broke
 *   2. what others have abandoned; at the beginning it waits until all that others had is acknowledged or abandoned
 *   3. new entries
 */
export class Reader {
  readonly lane: Lane
  readonly #options: ReaderOptions
  readonly #group: Group
  readonly #link: Link
  readonly #hand = new Hand(
    (id) => this.#settle(id),
    (id, failures) => this.#group.keepFailures(id, failures),
  )
  readonly #hunger = new Wakeup()
  readonly #stopping = new AbortController()
  readonly #dying = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #acknowledging: Promise<void> = Promise.resolve()
  #settled: string[] = []
  #heartbeat: NodeJS.Timeout | undefined
  #connectionId: string | null = null
  #cursor = '0-0'
  #claimAt = 0
  #joinedAt: number | null = null
  #trouble: string | null = 'not started'

  constructor(lane: Lane, options: ReaderOptions) {
    this.lane = lane
    this.#options = options
    this.#group = new Group(options.link, keysOf(options.prefix, lane.topic), lane.group, options.consumer)
    this.#link = new Link(options.server)
  }

  /** Why nothing is read, or null. */
  get trouble(): string | null {
    return this.#trouble
  }

  get #name(): string {
    return `${this.lane.group} ${this.lane.topic}`
  }

  start(): void {
    this.#trouble = 'connecting'
    this.lane.open()
    const every = this.#options.timing.abandonedMs / 5
    this.#heartbeat = setInterval(() => void this.#touch(every), every)
    this.#running = this.#run()
  }

  /** Reads no more. */
  async stopReading(): Promise<void> {
    this.#stopping.abort()
    let ended = false
    const running = this.#running.then(() => {
      ended = true
    })
    while (!ended) {
      await this.#unblock()
      await Promise.race([running, sleep(UNBLOCK_MS, this.#dying.signal)])
      if (this.#dying.signal.aborted) break
    }
  }

  /** Acknowledges what is settled, gives the rest back and leaves the group. The lane must have stopped. */
  async leave(): Promise<void> {
    await this.#acknowledging
    clearInterval(this.#heartbeat)
    try {
      if (!this.#dying.signal.aborted) await this.#group.leave()
    } catch (error) {
      this.#options.log?.warn(
        { err: error },
        'Redis was not told that a consumer leaves: others wait before they take over',
      )
    }
    await this.#link.destroy()
  }

  /** Lets go of everything at once, as a process that dies. */
  destroy(): void {
    this.#stopping.abort()
    this.#dying.abort()
    clearInterval(this.#heartbeat)
    void this.#link.destroy()
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#read()
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        this.#trouble = messageOf(error)
        this.#options.outages.failed(this.#name, error)
        // A group that is gone is made again at once; anything else needs a moment.
        if (!isReplyError(error, 'NOGROUP')) await sleep(RETRY_MS, this.#stopping.signal)
      }
    }
  }

  async #read(): Promise<void> {
    const { abandonedMs, blockMs } = this.#options.timing
    await this.#group.create()
    this.#connectionId = String(
      await this.#link.send(keysOf(this.#options.prefix, this.lane.topic).stream, 'CLIENT', 'ID'),
    )
    this.#trouble = null
    await this.#recover()
    while (!this.#stopping.signal.aborted) {
      if (performance.now() >= this.#claimAt) await this.#claim()
      const untilClaim = Math.max(0, this.#claimAt - performance.now())
      if (!(await this.#mayReadNew())) {
        await this.#hunger.sleep(abandonedMs / 20, this.#stopping.signal)
        continue
      }
      const room = this.#room()
      if (room === 0) {
        await this.#hunger.sleep(Math.max(untilClaim, abandonedMs / 20), this.#stopping.signal)
        continue
      }
      const entries = await this.#group.read(this.#link, room, Math.min(blockMs, untilClaim))
      this.#options.outages.passed(this.#name)
      this.lane.offer(this.#hand.take(this.lane.topic, entries))
    }
  }

  /** Nothing is read for a trickle of room: it would come in small batches. */
  #room(): number {
    const { window } = this.lane
    const room = this.#hand.room(window, BYTES_IN_HAND)
    return this.#hand.size === 0 || room >= window / 4 ? room : 0
  }

  async #mayReadNew(): Promise<boolean> {
    if (this.#cursor !== '0-0') return false
    if (this.#joinedAt === null) this.#joinedAt = performance.now()
    const age = performance.now() - this.#joinedAt
    // By now everything that others had is acknowledged, abandoned and taken over, or touched by somebody who lives.
    if (!this.lane.keepsOrder || age > this.#options.timing.abandonedMs * 2) return true
    if (await this.#group.othersPending()) return false
    this.#joinedAt = Number.NEGATIVE_INFINITY
    return true
  }

  async #recover(): Promise<void> {
    for (let after = '0'; !this.#stopping.signal.aborted; ) {
      const { entries, last } = await this.#group.own(after, 100)
      if (last === null) return
      await this.#offerOnceMore(entries)
      after = last
    }
  }

  async #claim(): Promise<void> {
    const { abandonedMs, forgetMs } = this.#options.timing
    do {
      const room = this.#hand.room(this.lane.window, BYTES_IN_HAND)
      if (room <= 0) return
      const asOf = await this.#group.time()
      const { cursor, entries, lost } = await this.#group.claim(this.#cursor, abandonedMs, room, asOf)
      this.#cursor = cursor
      if (lost.length > 0) {
        this.#options.log?.error(
          { entries: lost },
          'somebody else has trimmed the stream: the publisher will publish again',
        )
      }
      await this.#offerOnceMore(entries)
    } while (this.#cursor !== '0-0' && !this.#stopping.signal.aborted)
    const removed = await this.#group.removeIdle(forgetMs)
    if (removed.length > 0)
      this.#options.log?.info({ consumers: removed }, 'consumers that are gone were taken off the group')
    this.#claimAt = performance.now() + abandonedMs / 4
  }

  async #offerOnceMore(all: readonly Entry[]): Promise<void> {
    const entries = all.filter(({ id }) => !this.#hand.has(id))
    if (entries.length === 0) return
    const deliveries = await this.#group.deliveries(entries)
    const failures = await this.#group.failures(entries.map(({ id }) => id))
    const failuresOf = new Map(entries.map(({ id }, index) => [id, failures[index] ?? 0]))
    const past = ({ id }: Entry) => ({ deliveries: deliveries.get(id) ?? 1, failures: failuresOf.get(id) ?? 0 })
    this.lane.offer(this.#hand.take(this.lane.topic, entries, past))
  }

  #settle(id: string): void {
    if (this.#dying.signal.aborted) return
    this.#settled.push(id)
    // One command at a time; what settles meanwhile goes into the next one.
    if (this.#settled.length === 1) this.#acknowledging = this.#acknowledging.then(() => this.#acknowledge())
  }

  /** An acknowledgement that Redis does not get is tried again as long as this consumer reads. */
  async #acknowledge(): Promise<void> {
    const ids = this.#settled
    this.#settled = []
    const failed = ids.filter((id) => this.#hand.isCounted(id))
    for (let tries = 1; !this.#dying.signal.aborted; tries += 1) {
      try {
        await this.#group.acknowledge(ids, failed)
        break
      } catch (error) {
        if (isReplyError(error, 'NOGROUP')) break
        this.#options.outages.failed(`${this.#name} acknowledging`, error)
        if (this.#stopping.signal.aborted && tries > 3) return
        await sleep(RETRY_MS, this.#dying.signal)
      }
    }
    this.#options.outages.passed(`${this.#name} acknowledging`)
    this.#hand.drop(ids)
    this.#hunger.wake()
  }

  async #touch(ageMs: number): Promise<void> {
    const ids = this.#hand.untouched(ageMs / 2)
    if (ids.length === 0) return
    try {
      await this.#group.touch(ids)
    } catch (error) {
      this.#options.log?.debug({ err: error }, 'entries could not be touched')
    }
  }

  async #unblock(): Promise<void> {
    if (this.#connectionId === null) return
    try {
      await this.#group.unblock(this.#connectionId)
    } catch (error) {
      this.#options.log?.debug({ err: error }, 'a read could not be woken')
      await this.#link.destroy()
    }
  }
}
