import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  decorrelatedJitterGenerator,
  handleWhen,
} from 'cockatiel'
import PQueue from 'p-queue'
import { type ErrorCode, FtError, isFtError } from '../core/errors.js'
import { linkSignals, untilAborted } from './abort.js'
import { type EndpointAddress, nameEndpoints } from './endpointNames.js'

/** One request to an endpoint, for metrics. `outcome` is `ok`, `aborted` or the code of the error; `seconds` is how long it took. */
export interface Attempt {
  readonly endpoint: string
  readonly method: string
  readonly outcome: 'ok' | 'aborted' | ErrorCode
  readonly seconds: number
}

export interface EndpointsOptions {
  readonly network: string
  /** Endpoints in the order of preference. */
  readonly urls: readonly string[]
  /** Most requests per second and endpoint; default: no limit. */
  readonly requestsPerSecond?: number
  /** Most requests under way per endpoint; default 8. */
  readonly concurrency?: number
  /** Longest time of one request in milliseconds, waiting for its turn not counted; default 30,000. */
  readonly timeoutMs?: number
  /** Rounds over all endpoints before an operation gives up; default 5. */
  readonly rounds?: number
  /** Failures in a row after which an endpoint is left alone for `breakMs` (default 5 and 5,000), then tried with one request. */
  readonly breakAfter?: number
  readonly breakMs?: number
  /** First and longest pause between rounds in milliseconds; default 128 and 15,000. */
  readonly backoffMs?: { readonly initial: number; readonly max: number }
  /** Hears of every request. */
  readonly observe?: (attempt: Attempt) => void
  /** Hears of endpoints that are left alone because the others contradict them. */
  readonly onQuarantine?: (endpoint: string) => void
}

/** An endpoint as an operation sees it. */
export interface Endpoint extends EndpointAddress {
  /**
   * Makes one request: waits for its turn, bounds its time, reports it. `work` must end when its signal aborts.
   * @throws FtError rpc_transient with `noAnswer: 'timeout'` when it takes too long; whatever `work` throws
   */
  request<T>(method: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>
}

export interface RunOptions {
  readonly signal?: AbortSignal
  /** Name of an endpoint to leave out, when a second opinion is wanted. */
  readonly except?: string
  /** Asks each endpoint that can be asked now, and waits for none: for an opinion that can be done without. */
  readonly once?: boolean
}

/** The endpoints of one network. */
export interface Endpoints {
  readonly names: readonly string[]
  /**
   * Runs an operation wholly against one endpoint, so that what it reads belongs together. When the endpoint fails, the next one
   * is asked, the healthiest first; when all have failed, there is a pause (decorrelated jitter, or what a rate limit asks for).
   * range_too_large and unregistered errors end it at once, rpc_fatal and wrong_chain only rule out their endpoint.
   * @throws FtError the last error, or the reason of the signal
   */
  run<T>(operation: (endpoint: Endpoint) => Promise<T>, options?: RunOptions): Promise<T>
  /**
   * Runs an operation once against each endpoint, without failover, and gives what became of each, in the order of `names`. An
   * endpoint whose circuit is open is not asked; that is rpc_transient, and so is one that takes longer than `withinMs`.
   */
  each<T>(operation: (endpoint: Endpoint) => Promise<T>, withinMs?: number): Promise<readonly PromiseSettledResult<T>[]>
  /** Leaves an endpoint alone for a while because the others contradict it. Does nothing when it is the only one. */
  quarantine(name: string, ms: number): void
  /** Ends all waiting and all requests; everything under way fails as aborted. */
  close(): void
}

/** Errors after which the same operation can succeed elsewhere or later. */
const RETRIED: ReadonlySet<string> = new Set(['rate_limited', 'rpc_transient', 'rpc_invalid', 'block_unknown'])
/** Errors that rule out an endpoint for the rest of an operation. */
const FATAL: ReadonlySet<string> = new Set(['rpc_fatal', 'wrong_chain'])
/** Errors that open the circuit of an endpoint. Not rpc_fatal: one that lacks a method still serves the others. */
const FAULTS: ReadonlySet<string> = new Set(['rpc_transient', 'rpc_invalid'])

/** After so long an endpoint is asked again, whatever its rate limit said. */
const LONGEST_REST_MS = 3_600_000

interface Member {
  readonly endpoint: Endpoint
  readonly circuit: CircuitBreakerPolicy
  failures: number
  /** Not to be asked before this time (performance.now() milliseconds). */
  restsUntil: number
}

/**
 * Makes the pool of a network's endpoints. Endpoints are named by host, never by path, query or user info.
 * @throws FtError config_invalid for an empty list or a malformed URL
 */
export function createEndpoints(options: EndpointsOptions): Endpoints {
  const closing = new AbortController()
  // Every waiting request listens to it: their number is no leak.
  setMaxListeners(0, closing.signal)
  const breakMs = options.breakMs ?? 5_000
  const members: Member[] = nameEndpoints(options.network, options.urls).map((address) => ({
    endpoint: { ...address, request: requester(address.name, options, closing.signal) },
    circuit: circuitBreaker(
      handleWhen((error) => isFtError(error) && FAULTS.has(error.code)),
      { halfOpenAfter: breakMs, breaker: new ConsecutiveBreaker(options.breakAfter ?? 5) },
    ),
    failures: 0,
    restsUntil: 0,
  }))
  for (const member of members) {
    member.circuit.onBreak(() => {
      member.restsUntil = Math.max(member.restsUntil, performance.now() + breakMs)
    })
  }
  return {
    names: members.map(({ endpoint }) => endpoint.name),
    run: async (operation, runOptions = {}) => {
      const parents = runOptions.signal === undefined ? [closing.signal] : [closing.signal, runOptions.signal]
      const pool = members.filter(({ endpoint }) => endpoint.name !== runOptions.except)
      const link = linkSignals(parents)
      try {
        return await rounds(pool, operation, { ...options, once: runOptions.once === true }, link.signal)
      } finally {
        link.release()
      }
    },
    each: (operation, withinMs) =>
      Promise.allSettled(
        members.map(async (member) => {
          const answer = member.circuit.execute(() => operation(member.endpoint))
          try {
            return await within(answer, member.endpoint.name, withinMs)
          } catch (error) {
            throw error instanceof BrokenCircuitError ? notAsked(member.endpoint.name) : error
          }
        }),
      ),
    quarantine: (name, ms) => {
      const outvoted = members.find(({ endpoint }) => endpoint.name === name)
      if (outvoted === undefined || members.length === 1) return
      outvoted.restsUntil = Math.max(outvoted.restsUntil, performance.now() + ms)
      options.onQuarantine?.(name)
    },
    close: () => closing.abort(new FtError('rpc_transient', `the endpoints of ${options.network} were closed`)),
  }
}

/** The promise, or rpc_transient when it takes too long. The operation goes on; its circuit hears how it ends. */
async function within<T>(promise: Promise<T>, name: string, ms: number | undefined): Promise<T> {
  if (ms === undefined) return promise
  const link = linkSignals([], ms)
  try {
    return await untilAborted(promise, link.signal)
  } catch (error) {
    throw link.timedOut ? tooSlow(name, 'a vote', ms, error) : error
  } finally {
    link.release()
  }
}

function requester(name: string, options: EndpointsOptions, closing: AbortSignal): Endpoint['request'] {
  const { requestsPerSecond, timeoutMs = 30_000 } = options
  const queue = new PQueue({
    concurrency: options.concurrency ?? 8,
    ...(requestsPerSecond === undefined ? {} : { interval: 1_000 / requestsPerSecond, intervalCap: 1, strict: true }),
  })
  return (method, work) =>
    queue.add(
      async () => {
        const bound = linkSignals([closing], timeoutMs)
        const started = performance.now()
        let outcome: Attempt['outcome'] = 'ok'
        try {
          return await work(bound.signal)
        } catch (error) {
          const failure = bound.timedOut ? tooSlow(name, method, timeoutMs, error) : error
          outcome = closing.aborted ? 'aborted' : isFtError(failure) ? failure.code : 'internal'
          throw failure
        } finally {
          bound.release()
          options.observe?.({ endpoint: name, method, outcome, seconds: (performance.now() - started) / 1_000 })
        }
      },
      { signal: closing },
    )
}

function notAsked(name: string): FtError {
  const message = `${name} is not asked for a moment: it has failed several times in a row`
  return new FtError('rpc_transient', message, { details: { endpoint: name } })
}

function tooSlow(name: string, method: string, timeoutMs: number, cause: unknown): FtError {
  const message = `${name} did not answer ${method} within ${timeoutMs} ms`
  return new FtError('rpc_transient', message, { cause, details: { endpoint: name, noAnswer: 'timeout' } })
}

async function rounds<T>(
  pool: readonly Member[],
  operation: (endpoint: Endpoint) => Promise<T>,
  options: EndpointsOptions & { readonly once: boolean },
  signal: AbortSignal,
): Promise<T> {
  const most = options.rounds ?? 5
  const ruledOut = new Set<Member>()
  const pause = pauses(options.backoffMs ?? { initial: 128, max: 15_000 })
  let last: unknown = new FtError('rpc_transient', `no endpoint of ${options.network} can be asked`)
  for (let round = 0; ; ) {
    let asked = false
    for (const member of byHealth(pool, ruledOut)) {
      signal.throwIfAborted()
      const result = await attempt(member, operation, signal)
      if ('value' in result) return result.value
      if (result.error instanceof BrokenCircuitError) continue
      asked = true
      last = result.error
      if (!isFtError(last)) throw last
      if (FATAL.has(last.code)) ruledOut.add(member)
      else if (!RETRIED.has(last.code)) throw last
    }
    // While all endpoints rest there is nothing to count: a rate limit is waited for, however long it asks.
    if (asked) round += 1
    if (round === most || ruledOut.size === pool.length || options.once) throw last
    const rest = Math.min(...pool.filter((member) => !ruledOut.has(member)).map((member) => member.restsUntil))
    await wait(Math.max(pause(), rest - performance.now()), signal)
  }
}

async function attempt<T>(
  member: Member,
  operation: (endpoint: Endpoint) => Promise<T>,
  signal: AbortSignal,
): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    const value = await untilAborted(
      member.circuit.execute(() => operation(member.endpoint)),
      signal,
    )
    member.failures = 0
    return { value }
  } catch (error) {
    signal.throwIfAborted()
    if (isFtError(error) && (FAULTS.has(error.code) || FATAL.has(error.code))) member.failures += 1
    if (isFtError(error, 'rate_limited')) member.restsUntil = performance.now() + retryAfter(error)
    return { error }
  }
}

/** Those that may be asked now, the ones with the fewest failures in a row first, else in configured order. */
function byHealth(pool: readonly Member[], ruledOut: ReadonlySet<Member>): readonly Member[] {
  const now = performance.now()
  return pool
    .filter((member) => !ruledOut.has(member) && member.restsUntil <= now)
    .sort((a, b) => a.failures - b.failures)
}

/** What the endpoint asks for, but never so long that it is forgotten: a date can lie years ahead, and a timer holds 25 days. */
function retryAfter(error: FtError): number {
  const { retryAfterMs } = error.details
  return typeof retryAfterMs === 'number' && retryAfterMs > 0 ? Math.min(retryAfterMs, LONGEST_REST_MS) : 1_000
}

/** Growing pauses with decorrelated jitter, in milliseconds. */
function pauses({ initial, max }: { readonly initial: number; readonly max: number }): () => number {
  let state: [number, number] | undefined
  return () => {
    const [next, following] = decorrelatedJitterGenerator(state, {
      generator: decorrelatedJitterGenerator,
      initialDelay: initial,
      maxDelay: max,
      exponent: 2,
    })
    state = following
    return next
  }
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(Math.max(0, ms), undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
