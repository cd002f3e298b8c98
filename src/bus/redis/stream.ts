import type { PendingRow } from '../pending.js'
import type { Connection, Reply } from './connection.js'
import { batchOf, entryId, isBefore, listOf } from './entry.js'
import { createGroup, groupsOf } from './group.js'
import { keysOf, type TopicKeys } from './keys.js'
import { ADOPT, APPEND, TRIM } from './scripts.js'

/** The publisher's side of one topic's stream. */
export class Stream {
  readonly topic: string
  readonly groups: readonly string[]
  readonly #connection: Connection
  readonly #keys: TopicKeys
  #mark = ''
  #bytes = 0

  /** `groups` are all that must acknowledge an entry before it may go. */
  constructor(connection: Connection, prefix: string, topic: string, groups: readonly string[]) {
    this.topic = topic
    this.groups = groups
    this.#connection = connection
    this.#keys = keysOf(prefix, topic)
  }

  /** Entries on the stream. */
  get length(): number {
    return Number(this.#mark.slice(this.#mark.indexOf(' ') + 1))
  }

  /** About how many bytes of memory it takes. */
  get bytes(): number {
    return this.#bytes
  }

  /** The newest batch on the stream. */
  get lastBatch(): number {
    return batchOf(this.#mark)
  }

  /** Makes stream and groups unless they are there, and reads the mark. Whether the mark is what it was left as. */
  async open(): Promise<boolean> {
    await Promise.all(this.groups.map((group) => this.#createGroup(group)))
    const mark = await this.#send('GET', this.#keys.mark)
    this.#mark = typeof mark === 'string' ? mark : ''
    return mark !== null && (await this.trim('0-0'))
  }

  /** Begins a new book of the stream, as it is now. */
  async adopt(): Promise<void> {
    await Promise.all(this.groups.map((group) => this.#createGroup(group)))
    this.#mark = String(await this.#eval(ADOPT))
  }

  /** Drops it with all that is on it, and begins another one. */
  async clear(): Promise<void> {
    await this.#send('DEL', this.#keys.stream, this.#keys.mark)
    await this.adopt()
  }

  /** Adds messages, in order. False, and none is added, when the stream is not as it was left. */
  async append(batch: number, rows: readonly PendingRow[]): Promise<boolean> {
    const entries = rows.flatMap((row) => [entryId(batch, row.seq), String(row.createdAt.getTime()), row.payload])
    const mark = await this.#eval(APPEND, this.#mark, ...entries)
    if (typeof mark !== 'string') return false
    this.#mark = mark
    for (const row of rows) this.#bytes += row.payload.length
    return true
  }

  /** The id below which every group has acknowledged every entry. */
  async acknowledged(): Promise<string> {
    const states = groupsOf(await this.#send('XINFO', 'GROUPS', this.#keys.stream))
    const wanted = states.filter(({ name }) => this.groups.includes(name))
    if (wanted.length < this.groups.length) return '0-0'
    const floors = await Promise.all(
      wanted.map(async ({ name, lastDelivered, pending }) => {
        if (pending === 0) return after(lastDelivered)
        const [, smallest] = listOf(await this.#send('XPENDING', this.#keys.stream, name))
        // Everything may have been acknowledged in between.
        return typeof smallest === 'string' ? smallest : after(lastDelivered)
      }),
    )
    return floors.reduce((lowest, floor) => (isBefore(floor, lowest) ? floor : lowest))
  }

  /** Drops entries below an id. False, and none is dropped, when the stream is not as it was left. */
  async trim(below: string): Promise<boolean> {
    const mark = await this.#eval(TRIM, this.#mark, below)
    if (typeof mark !== 'string') return false
    this.#mark = mark
    this.#bytes = Number(await this.#send('MEMORY', 'USAGE', this.#keys.stream))
    return true
  }

  async #createGroup(group: string): Promise<void> {
    await createGroup((...args) => this.#send(...args), this.#keys.stream, group)
  }

  async #send(...args: readonly string[]): Promise<Reply> {
    return await this.#connection.send(this.#keys.stream, ...args)
  }

  async #eval(script: string, ...args: readonly string[]): Promise<Reply> {
    return await this.#send('EVAL', script, '2', this.#keys.stream, this.#keys.mark, ...args)
  }
}

function after(id: string): string {
  const at = id.indexOf('-')
  return `${id.slice(0, at)}-${BigInt(id.slice(at + 1)) + 1n}`
}
