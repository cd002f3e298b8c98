import type { Session } from '../core/db.js'
import { Wakeup } from '../core/wakeup.js'
import type { Log } from '../worker/log.js'
import type { Item } from './delivery.js'
import { Frontier } from './frontier.js'
import type { Lane } from './lane.js'
import { MESSAGE_BYTES } from './outbox.js'
import {
  keepAttempts,
  markPublished,
  type PendingRow,
  pendingElsewhere,
  readPending,
  tendPartitions,
} from './pending.js'

export interface TermOptions {
  /** How long to wait without a notification before looking anyway, in milliseconds. */
  readonly pollMs: number
  /** How often to look at everything that is pending, in milliseconds; see Frontier. */
  readonly sweepMs: number
  /** The process before this one ended without a word: what it had in hand, the oldest messages of each topic, may have killed it. */
  readonly isSuspicious: boolean
  /** Told once per topic that messages wait which no group here reads. */
  readonly onWaiting: (topic: string, count: number) => void
  readonly log: Log | undefined
}

/** Bytes of payloads in hand, all topics together, above which little more is read. */
const BYTES_IN_HAND = 64 * 1024 * 1024

interface Entry {
  readonly seq: number
  readonly bytes: number
  readonly topic: TopicState
  /** Groups that have not acknowledged it yet. */
  remaining: number
}

interface TopicState {
  readonly name: string
  readonly lanes: readonly Lane[]
  readonly window: number
  inHand: number
  /** Size of the largest message of the last read: what the next ones are expected to need. */
  messageBytes: number
  /** How many of the next messages are suspects. */
  suspects: number
  /** The last read filled its room, so there may be more. */
  more: boolean
}

/**
 * One stretch of time in which this process holds the lock and delivers: reads what is pending, offers it to the lanes of its
 * topic, and marks it when every lane has acknowledged it. All of it goes through the session that holds the lock, so that a
 * process that has lost the lock cannot mark anything any more.
 */
export class Term {
  readonly #session: Session
  readonly #options: TermOptions
  readonly #topics = new Map<string, TopicState>()
  readonly #entries = new Map<number, Entry>()
  readonly #told = new Set<string>()
  readonly #wakeup = new Wakeup()
  readonly #over = new AbortController()
  #settled: Entry[] = []
  #marking: Promise<void> = Promise.resolve()
  #bytes = 0
  readonly #frontier: Frontier

  constructor(session: Session, lanes: readonly Lane[], options: TermOptions) {
    this.#session = session
    this.#options = options
    this.#frontier = new Frontier(options.sweepMs)
    for (const name of new Set(lanes.map((lane) => lane.topic))) {
      const own = lanes.filter((lane) => lane.topic === name)
      const window = Math.max(...own.map((lane) => lane.window))
      this.#topics.set(name, {
        name,
        lanes: own,
        window,
        inHand: 0,
        messageBytes: MESSAGE_BYTES,
        suspects: options.isSuspicious ? window : 0,
        more: false,
      })
    }
  }

  wake(): void {
    this.#wakeup.wake()
  }

  /** Delivers until `end`. @throws what the session throws */
  async run(): Promise<void> {
    while (!this.#over.signal.aborted) {
      const isSweep = this.#frontier.isSweepDue()
      await this.#read()
      this.#markSettled()
      if (isSweep) await this.#sweep()
      if (!this.#hungry().some((topic) => topic.more)) {
        await this.#wakeup.sleep(this.#options.pollMs, this.#over.signal)
      }
    }
    if (this.#over.signal.reason instanceof Error) throw this.#over.signal.reason
  }

  /** Ends `run`; with an error when the session is no good any more. */
  end(error?: Error): void {
    this.#over.abort(error ?? 'closed')
  }

  /** Marks what has been acknowledged so far. */
  async flush(): Promise<void> {
    this.#markSettled()
    await this.#marking
  }

  /** Topics that can take more: nothing is read for a trickle of room while a backlog waits. */
  #hungry(): TopicState[] {
    return [...this.#topics.values()].filter(({ more, inHand, window }) => inHand < (more ? window / 2 : window))
  }

  async #read(): Promise<void> {
    const rooms = this.#hungry().map((topic) => ({ topic: topic.name, room: this.#room(topic) }))
    if (rooms.length === 0) return
    // The rooms are as many messages as can be borne.
    const inHand = [...this.#entries.keys()]
    const rows = await readPending(this.#session, rooms, this.#frontier.from, inHand, Number.MAX_SAFE_INTEGER)
    if (this.#over.signal.aborted) return
    for (const { topic: name, room } of rooms) {
      const own = rows.filter((row) => row.topic === name)
      const topic = this.#topics.get(name)
      if (topic === undefined) continue
      topic.more = own.length === room
      if (own.length > 0) this.#offer(topic, own)
    }
  }

  #room(topic: TopicState): number {
    const bearable = Math.floor((BYTES_IN_HAND - this.#bytes) / this.#topics.size / topic.messageBytes)
    return Math.max(1, Math.min(topic.window - topic.inHand, bearable))
  }

  #offer(topic: TopicState, rows: readonly PendingRow[]): void {
    const taken = rows.map((row, index) => ({
      ...{ row, entry: this.#take(topic, row), payload: JSON.parse(row.payload) },
      suspect: index < topic.suspects,
    }))
    topic.suspects = Math.max(0, topic.suspects - rows.length)
    topic.messageBytes = Math.max(...taken.map(({ entry }) => entry.bytes))
    for (const lane of topic.lanes) {
      lane.offer(
        taken.map(({ row, entry, payload, suspect }): Item => {
          const { seq, attempts, createdAt } = row
          let kept = attempts
          return {
            message: { topic: topic.name, key: String(seq), payload, attempt: attempts + 1, enqueuedAt: createdAt },
            failures: attempts,
            suspect,
            ack: () => this.#acknowledge(entry),
            keep: async (failures) => {
              await keepAttempts(this.#session, seq, kept, failures)
              kept = failures
            },
          }
        }),
      )
    }
  }

  #take(topic: TopicState, row: PendingRow): Entry {
    const entry = { seq: row.seq, bytes: row.payload.length, topic, remaining: topic.lanes.length }
    this.#entries.set(row.seq, entry)
    this.#frontier.reached(row.seq)
    this.#bytes += entry.bytes
    topic.inHand += 1
    return entry
  }

  #acknowledge(entry: Entry): void {
    entry.remaining -= 1
    if (entry.remaining > 0 || this.#dead()) return
    this.#settled.push(entry)
    // What the handler has committed is there to be read: the next stage gets it first, while this is marked.
    this.#wakeup.wake()
  }

  /** One mark at a time; what settles meanwhile goes into the next one. */
  #markSettled(): void {
    if (this.#settled.length > 0) this.#marking = this.#marking.then(() => this.#mark())
  }

  #dead(): boolean {
    return this.#over.signal.reason instanceof Error
  }

  async #mark(): Promise<void> {
    const entries = this.#settled
    this.#settled = []
    if (entries.length === 0) return
    try {
      await markPublished(
        this.#session,
        entries.map(({ seq }) => seq),
      )
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(String(error)))
      return
    }
    for (const { seq, bytes, topic } of entries) {
      this.#entries.delete(seq)
      this.#bytes -= bytes
      topic.inHand -= 1
    }
    if (this.#hungry().some((topic) => topic.more)) this.#wakeup.wake()
  }

  async #sweep(): Promise<void> {
    this.#frontier.sweep(Math.min(...this.#entries.keys()) - 1)
    await tendPartitions(this.#session, this.#options.log)
    for (const { topic, count } of await pendingElsewhere(this.#session, [...this.#topics.keys(), ...this.#told])) {
      this.#told.add(topic)
      this.#options.onWaiting(topic, count)
    }
  }
}
