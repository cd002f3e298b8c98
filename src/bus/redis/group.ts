import { isReplyError, type Reply } from './connection.js'
import { type Entry, entriesOf, entriesOfStream, fieldsOf, listOf } from './entry.js'
import type { TopicKeys } from './keys.js'
import type { Link } from './link.js'
import { CLAIM, CREATE_GROUP, KEEP_FAILURES, LEAVE, REMOVE_IDLE } from './scripts.js'

/** The commands of one consumer of a group on one stream. All of them are sent over `link`, but for reads, which block. */
export class Group {
  readonly name: string
  readonly #link: Link
  readonly #keys: TopicKeys
  readonly #consumer: string

  constructor(link: Link, keys: TopicKeys, name: string, consumer: string) {
    this.#link = link
    this.#keys = keys
    this.name = name
    this.#consumer = consumer
  }

  /** Makes the group, and the stream, unless they are there: a new group begins at the first entry. */
  async create(): Promise<void> {
    await createGroup((...args) => this.#send(...args), this.#keys.stream, this.name)
  }

  /** New entries, waiting up to `blockMs` for the first. */
  async read(reader: Link, count: number, blockMs: number): Promise<Entry[]> {
    const block = ['BLOCK', String(Math.max(1, Math.ceil(blockMs)))]
    return entriesOfStream(await reader.send(this.#keys.stream, ...this.#readCommand(count, block, '>')))
  }

  /** Entries that this consumer has been given, after `id`. */
  async own(after: string, count: number): Promise<{ entries: Entry[]; last: string | null }> {
    const reply = await this.#send(...this.#readCommand(count, [], after))
    const last = listOf(listOf(listOf(reply)[0])[1]).at(-1)
    return { entries: entriesOfStream(reply), last: last === undefined ? null : String(listOf(last)[0]) }
  }

  #readCommand(count: number, block: readonly string[], id: string): string[] {
    const consumer = ['XREADGROUP', 'GROUP', this.name, this.#consumer, 'COUNT', String(count)]
    return [...consumer, ...block, 'STREAMS', this.#keys.stream, id]
  }

  /** The clock of Redis, in milliseconds. */
  async time(): Promise<number> {
    const [seconds, micros] = listOf(await this.#send('TIME'))
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
  }

  /**
   * Takes over entries that nobody has touched for `minIdleMs`, from `cursor` on. `asOf` is the time at which that was decided:
   * when Redis gets to it much later (it was paused), the owners have had no chance to say that they live, and nothing is taken.
   * `lost` are ids that Redis no longer has an entry for.
   */
  async claim(
    cursor: string,
    minIdleMs: number,
    count: number,
    asOf: number,
  ): Promise<{ cursor: string; entries: Entry[]; lost: string[] }> {
    const reply = await this.#eval(CLAIM, this.name, this.#consumer, minIdleMs, cursor, count, asOf)
    if (reply === null) return { cursor: '0-0', entries: [], lost: [] }
    const [next, entries, lost] = listOf(reply)
    return { cursor: String(next), entries: entriesOf(entries ?? null), lost: listOf(lost).map(String) }
  }

  /** How often these entries of this consumer have been given to somebody. */
  async deliveries(entries: readonly Entry[]): Promise<Map<string, number>> {
    const [first, last] = [entries.at(0), entries.at(-1)]
    if (first === undefined || last === undefined) return new Map()
    const range = [first.id, last.id, String(entries.length + 1_000)]
    const reply = await this.#send('XPENDING', this.#keys.stream, this.name, ...range, this.#consumer)
    return new Map(listOf(reply).map((item) => [String(listOf(item)[0]), Number(listOf(item)[3])]))
  }

  /** Whether other consumers of the group have entries that they have not acknowledged. */
  async othersPending(): Promise<boolean> {
    const [, , , consumers] = listOf(await this.#send('XPENDING', this.#keys.stream, this.name))
    return listOf(consumers).some((consumer) => listOf(consumer)[0] !== this.#consumer)
  }

  /** Says that this consumer still works on these entries. */
  async touch(ids: readonly string[]): Promise<void> {
    await this.#send('XCLAIM', this.#keys.stream, this.name, this.#consumer, '0', ...ids, 'JUSTID')
  }

  async acknowledge(ids: readonly string[], failed: readonly string[]): Promise<void> {
    const acknowledged = this.#send('XACK', this.#keys.stream, this.name, ...ids)
    if (failed.length === 0) await acknowledged
    else await Promise.all([acknowledged, this.#send('HDEL', this.#keys.failures(this.name), ...failed)])
  }

  /** How often these entries have failed alone; 0 for those that have not. */
  async failures(ids: readonly string[]): Promise<number[]> {
    if (ids.length === 0) return []
    return listOf(await this.#send('HMGET', this.#keys.failures(this.name), ...ids)).map(Number)
  }

  async keepFailures(id: string, failures: number): Promise<void> {
    await this.#send('EVAL', KEEP_FAILURES, '1', this.#keys.failures(this.name), id, String(failures))
  }

  /** Wakes the reader whose connection has this id. */
  async unblock(connectionId: string): Promise<void> {
    await this.#send('CLIENT', 'UNBLOCK', connectionId)
  }

  /** Gives back what was not acknowledged, so that anybody can take it at once, and takes this consumer off the group. */
  async leave(): Promise<void> {
    await this.#eval(LEAVE, this.name, this.#consumer)
  }

  /** Takes consumers off the group that have been idle for so long and have nothing pending. Gives their names. */
  async removeIdle(idleMs: number): Promise<string[]> {
    return listOf(await this.#eval(REMOVE_IDLE, this.name, this.#consumer, idleMs)).map(String)
  }

  async #send(...args: readonly string[]): Promise<Reply> {
    return await this.#link.send(this.#keys.stream, ...args)
  }

  async #eval(script: string, ...args: readonly (string | number)[]): Promise<Reply> {
    return await this.#send('EVAL', script, '1', this.#keys.stream, ...args.map(String))
  }
}

/** Makes a group that begins at the first entry, and its stream, unless they are there. */
export async function createGroup(
  send: (...args: readonly string[]) => Promise<unknown>,
  stream: string,
  group: string,
): Promise<void> {
  try {
    await send('EVAL', CREATE_GROUP, '1', stream, group)
  } catch (error) {
    if (!isReplyError(error, 'BUSYGROUP')) throw error
  }
}

/** What Redis says about a group: its name, how far it has read, how much is not acknowledged. */
export interface GroupState {
  readonly name: string
  readonly lastDelivered: string
  readonly pending: number
}

/** The groups in a reply of XINFO GROUPS. */
export function groupsOf(reply: Reply): GroupState[] {
  return listOf(reply).map((item) => {
    const fields = fieldsOf(item)
    return {
      name: String(fields.get('name')),
      lastDelivered: String(fields.get('last-delivered-id')),
      pending: Number(fields.get('pending')),
    }
  })
}
