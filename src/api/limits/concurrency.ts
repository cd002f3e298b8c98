import type { FastifyReply } from 'fastify'
import { FtError } from '../../core/errors.js'

const RETRY_SECONDS = 10

export interface ConcurrencyLimit {
  /** What is counted, in the plural, as messages call it. */
  readonly what: string
  readonly inAll: number
  /** Of one caller. */
  readonly each: number
}

/** Counts long answers while they are under way: each holds something (a connection, a buffer) that there is not much of. */
export class Concurrency {
  readonly #limit: ConcurrencyLimit
  readonly #open = new Map<string, number>()
  #inAll = 0

  constructor(limit: ConcurrencyLimit) {
    this.#limit = limit
  }

  /**
   * Takes a place for `caller`. Gives the function that gives it back; calling that again does nothing.
   * @throws FtError too_many_requests, with Retry-After in the reply
   */
  enter(reply: FastifyReply, caller: string): () => void {
    const { what, inAll, each } = this.#limit
    const own = this.#open.get(caller) ?? 0
    if (own >= each) throw refused(reply, `you have ${each} ${what} under way, more are not possible at once`)
    if (this.#inAll >= inAll) throw refused(reply, `${inAll} ${what} are under way, more are not possible at once`)
    this.#open.set(caller, own + 1)
    this.#inAll += 1
    let left = false
    return () => {
      if (left) return
      left = true
      this.#inAll -= 1
      const rest = (this.#open.get(caller) ?? 1) - 1
      if (rest === 0) this.#open.delete(caller)
      else this.#open.set(caller, rest)
    }
  }
}

function refused(reply: FastifyReply, message: string): FtError {
  reply.header('retry-after', String(RETRY_SECONDS))
  return new FtError('too_many_requests', message)
}
