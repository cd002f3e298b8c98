import type { Connection, RedisServer, Reply } from './connection.js'

/**
 * GCRA, as `src/api/limits/gcra.ts` has it, in one step on the server and by the server's clock. KEYS state of the caller. ARGV requests
 * per minute. Gives whether it is allowed, and the milliseconds that are spent, which the state's time to live says too. A state that spends more
 * than there is was written before the clock went back.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local interval = 60000 / ARGV[1]
local used = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) - now
if used > 60001 then used = 0 end
local after = used + interval
if after > 60001 then return {0, tostring(used)} end
redis.call('SET', KEYS[1], string.format('%.3f', now + after), 'PX', math.ceil(after))
return {1, tostring(after)}`

const ANSWER_MS = 1_000

/** What Redis says about one request. */
export interface SharedCount {
  readonly allowed: boolean
  /** Milliseconds until all that was used is given back. */
  readonly spentMs: number
}

/** Counts requests of callers in Redis, for all processes together. Whatever goes wrong rejects, soon. */
export class RedisCounts {
  readonly #server: RedisServer
  #opening: Promise<Connection> | null = null
  #open: Connection | null = null
  /** Counts the connections that were dropped: one that is opened after that came too late. */
  #dropped = 0

  constructor(server: RedisServer) {
    this.#server = server
  }

  /** Counts one request, unless it is one too many. */
  async take(caller: string, perMinute: number): Promise<SharedCount> {
    this.#opening ??= this.#connect()
    const opening = this.#opening
    try {
      const key = `ft:limit:${caller}`
      const sent = opening.then((open) => open.send(key, 'EVAL', TAKE, '1', key, String(perMinute)))
      const [allowed, spent] = listOf(await soon(sent))
      return { allowed: allowed === 1, spentMs: Number(spent) }
    } catch (error) {
      // The next request opens another one.
      if (this.#opening === opening) this.#drop()
      throw error
    }
  }

  /** Drops the connection. */
  close(): Promise<void> {
    this.#drop()
    return Promise.resolve()
  }

  async #connect(): Promise<Connection> {
    const dropped = this.#dropped
    const open = await this.#server.open()
    if (this.#dropped !== dropped) {
      open.destroy()
      throw new Error('the connection to Redis was opened too late')
    }
    this.#open = open
    return open
  }

  #drop(): void {
    this.#dropped += 1
    this.#open?.destroy()
    this.#open = null
    this.#opening = null
  }
}

function listOf(reply: Reply): readonly Reply[] {
  if (typeof reply === 'object' && reply !== null) return reply
  throw new Error(`Redis answered ${reply} to a script that gives a list`)
}

/** A limit is not worth waiting for. */
async function soon<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis did not answer within ${ANSWER_MS} ms`)), ANSWER_MS)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
