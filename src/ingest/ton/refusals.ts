import { setTimeout as delay } from 'node:timers/promises'
import { FtError, isFtError } from '../../core/errors.js'

/*
 * An endpoint that fails (status 5xx) when it is asked about one account may be in trouble, or the account may be such that every
 * endpoint fails on it. The first passes and is waited for; the second must not stop the network, because anybody can make such an
 * account. They are told apart by a question of the same kind about an account that nobody can change: an endpoint that answers
 * that one, and goes on failing on the other, is not in trouble.
 */

/** The contract that holds TON's configuration. Where it does not exist, endpoints say so, which is an answer. */
export const UNCHANGING = `-1:${'5'.repeat(64)}`

/** Pauses before an account is asked about again, in milliseconds. */
const PAUSES_MS = [250, 1_000]
/** How long it is remembered that all endpoints fail on an account: they are asked once then, so that many of its messages cost little. */
const REMEMBERED_MS = 600_000
const MOST_REMEMBERED = 10_000

/** Whether an endpoint failed on what it was asked, rather than that it could not be reached or asks to slow down. */
export function isRefusal(error: unknown): error is FtError {
  if (!isFtError(error, 'rpc_transient')) return false
  const { status } = error.details
  return typeof status === 'number' && status >= 500
}

/** Whether all endpoints fail on an account while they answer about another: nothing more can be learned of it at the moment. */
export function isUnreadable(error: unknown): error is FtError {
  return isFtError(error, 'event_undecodable') && error.details['unreadable'] === true
}

/** What the endpoints of one network fail on. */
export class Refusals {
  readonly #endpoints: number
  readonly #now: () => number
  readonly #known = new Map<string, { count: number; at: number }>()

  /** `endpoints`: how many there are. `now` is a monotonic clock in milliseconds. */
  constructor(endpoints: number, now = (): number => performance.now()) {
    this.#endpoints = endpoints
    this.#now = now
  }

  /**
   * Asks one endpoint, again after a pause when it fails, and then for `control`, which it must be able to answer. `name` is that of
   * the question.
   * @throws what `ask` throws; what `control` throws; an `isUnreadable` error when as many attempts as there are endpoints came to nothing
   */
  async ask<T>(name: string, ask: () => Promise<T>, control: () => Promise<unknown>): Promise<T> {
    const pauses = this.#count(name) >= this.#endpoints ? [] : PAUSES_MS
    try {
      const answer = await patiently(ask, control, pauses)
      this.#known.delete(name)
      return answer
    } catch (error) {
      if (!isOfAccount(error)) throw error
      const count = this.#count(name) + 1
      this.#remember(name, count)
      // Another endpoint may know.
      if (count < this.#endpoints) throw error
      const details = { ...error.details, unreadable: true }
      throw new FtError('event_undecodable', `no endpoint can read ${name}: ${error.message}`, {
        cause: error,
        details,
      })
    }
  }

  #count(name: string): number {
    const known = this.#known.get(name)
    return known === undefined || this.#now() - known.at > REMEMBERED_MS ? 0 : known.count
  }

  #remember(name: string, count: number): void {
    this.#known.delete(name)
    this.#known.set(name, { count, at: this.#now() })
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST_REMEMBERED && oldest !== undefined) this.#known.delete(oldest)
  }
}

/**
 * The answer to a question, asked again after each of the pauses when the endpoint fails.
 * @throws what `ask` throws, `isOfAccount` when the endpoint answers `control`; what `control` throws
 */
export async function patiently<T>(
  ask: () => Promise<T>,
  control: () => Promise<unknown>,
  pauses: readonly number[] = PAUSES_MS,
): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!isRefusal(error)) throw error
    const [pause, ...later] = pauses
    if (pause !== undefined) {
      await delay(pause)
      return await patiently(ask, control, later)
    }
    await control()
    throw new FtError(error.code, error.message, { cause: error, details: { ...error.details, ofAccount: true } })
  }
}

/** Whether an endpoint fails on what it was asked about, and answers about another account. */
export function isOfAccount(error: unknown): error is FtError {
  return isRefusal(error) && error.details['ofAccount'] === true
}
