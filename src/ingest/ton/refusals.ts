import { setTimeout as delay } from 'node:timers/promises'
import { FtError, isFtError } from '../../core/errors.js'

/*
 * An endpoint that fails when it is asked about one account (status 5xx, no answer in time, a connection cut in place of one) may be in
 * trouble, or the account may be such that every endpoint fails on it. The first passes and is waited for; the second must not stop the
 * network, because anybody can make such an account. They are told apart by a question of the same kind about an account that nobody
 * can change: an endpoint that answers that one, and goes on failing on the other, is not in trouble.
 */

/** The contract that holds TON's configuration. Where it does not exist, endpoints say so, which is an answer. */
export const UNCHANGING = `-1:${'5'.repeat(64)}`

/** Pauses before an account is asked about again, in milliseconds. */
const PAUSES_MS = [250, 1_000]
/**
 * How long it is remembered that no endpoint can read an account. Meanwhile it is asked about once, so that many of its messages cost
 * little; not at all where an endpoint gave no answer in time, because that costs too much.
 */
const REMEMBERED_MS = 600_000
const MOST_REMEMBERED = 10_000

/** Whether an endpoint failed on what it was asked, rather than that it could not be reached or asks to slow down. */
export function isRefusal(error: unknown): error is FtError {
  if (!isFtError(error, 'rpc_transient')) return false
  const { status, noAnswer } = error.details
  return noAnswer !== undefined || (typeof status === 'number' && status >= 500)
}

function isTimeout(error: FtError): boolean {
  return error.details['noAnswer'] === 'timeout'
}

/** Whether all endpoints fail on an account while they answer about another: nothing more can be learned of it at the moment. */
export function isUnreadable(error: unknown): error is FtError {
  return isFtError(error, 'event_undecodable') && error.details['unreadable'] === true
}

/** A question on which endpoints failed. */
interface Failed {
  readonly by: ReadonlySet<string>
  readonly at: number
  /** Once no endpoint is left to ask. */
  readonly unreadable: FtError | null
}

/** How one endpoint is asked about accounts. */
export interface Asking {
  /**
   * Asks, again after a pause when the endpoint fails, and then for `control`, which it must be able to answer. `name` is that of the
   * question.
   * @throws what `ask` throws; what `control` throws; an `isUnreadable` error when every endpoint that can be asked has failed
   */
  ask<T>(name: string, ask: () => Promise<T>, control: () => Promise<unknown>): Promise<T>
  /** Whether nobody could answer a question, however long ago, and nobody has since. */
  isHopeless(name: string): boolean
}

/** What the endpoints of one network fail on. */
export class Refusals {
  readonly #endpoints: number
  readonly #now: () => number
  readonly #known = new Map<string, Failed>()

  /** `endpoints`: how many there are. `now` is a monotonic clock in milliseconds. */
  constructor(endpoints: number, now = (): number => performance.now()) {
    this.#endpoints = endpoints
    this.#now = now
  }

  /** Asks the endpoint of a name. `again`: the operation has been at it before, so that it can go to no other one. */
  by(endpoint: string, again: boolean): Asking {
    return {
      ask: (name, ask, control) => this.#ask({ endpoint, again }, name, ask, control),
      isHopeless: (name) => this.#known.get(name)?.unreadable != null,
    }
  }

  async #ask<T>(
    { endpoint, again }: { readonly endpoint: string; readonly again: boolean },
    name: string,
    ask: () => Promise<T>,
    control: () => Promise<unknown>,
  ): Promise<T> {
    const known = this.#recent(name)
    const unreadable = known?.unreadable ?? null
    if (unreadable !== null && isTimeout(unreadable)) throw unreadable
    const isAsked = known?.by.has(endpoint) === true
    try {
      const answer = await patiently(ask, control, isAsked || unreadable !== null ? [] : PAUSES_MS)
      this.#known.delete(name)
      return answer
    } catch (error) {
      if (!isOfAccount(error)) throw error
      const by = new Set(this.#recent(name)?.by).add(endpoint)
      const isLast = by.size >= this.#endpoints || (again && isAsked)
      const failed = { by, at: this.#now(), unreadable: isLast ? nobodyCan(name, error) : null }
      this.#remember(name, failed)
      // Another endpoint may know.
      throw failed.unreadable ?? error
    }
  }

  #recent(name: string): Failed | undefined {
    const known = this.#known.get(name)
    return known === undefined || this.#now() - known.at > REMEMBERED_MS ? undefined : known
  }

  #remember(name: string, failed: Failed): void {
    this.#known.delete(name)
    this.#known.set(name, failed)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST_REMEMBERED && oldest !== undefined) this.#known.delete(oldest)
  }
}

function nobodyCan(name: string, cause: FtError): FtError {
  const details = { ...cause.details, unreadable: true }
  return new FtError('event_undecodable', `no endpoint can read ${name}: ${cause.message}`, { cause, details })
}

/**
 * The answer to a question, asked again after each of the pauses when the endpoint fails; once where it gives no answer in time.
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
      return await patiently(ask, control, isTimeout(error) ? [] : later)
    }
    await control()
    throw new FtError(error.code, error.message, { cause: error, details: { ...error.details, ofAccount: true } })
  }
}

/** Whether an endpoint fails on what it was asked about, and answers about another account. */
export function isOfAccount(error: unknown): error is FtError {
  return isRefusal(error) && error.details['ofAccount'] === true
}
