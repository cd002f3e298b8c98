import { FtError, isFtError } from '../core/errors.js'
import type { InTurn } from '../core/serial.js'
import { sleep } from '../core/wakeup.js'
import type { Delivery, RetryPolicy } from '../worker/stream.js'
import { isOutage } from './outage.js'

/** A message in the hands of one group. */
export interface Item {
  readonly message: Delivery
  /** How often its handler has failed on it alone. */
  failures: number
  /** A process ended while it had this message: it is tried alone, and the attempt is counted before it begins. */
  readonly suspect: boolean
  /** Called once, when the handler has committed its effects or the message is a dead letter. */
  readonly ack: () => void
  /** Keeps the count of failures where a restart finds it. */
  readonly keep: (failures: number) => Promise<void>
}

/** What delivery needs of the bus it works for. */
export interface Desk {
  readonly handle: (messages: readonly Delivery[], signal: AbortSignal) => Promise<void>
  readonly retry: RetryPolicy
  /** Handed to the handler. */
  readonly signal: AbortSignal
  /** Aborted when nothing is to be tried again: what has not succeeded stays on the bus. */
  readonly giveUp: AbortSignal
  /** Told of every failure that counts. */
  readonly failed: (item: Item, error: unknown) => void
  /** Runs the attempt at a suspect, alone among those that one process must not have at once. */
  readonly alone: InTurn
  readonly bury: (item: Item, error: unknown) => Promise<void>
  /** Whether the store of the bus answers quickly: when it does not, a run that took too long proves nothing. */
  readonly isHealthy: () => Promise<boolean>
  /** Told what is down, and null when it is up again. */
  readonly outage: (error: unknown) => void
}

type Outcome = 'settled' | 'given up' | { readonly error: unknown }

/**
 * Hands a batch to its handler until every message is acknowledged, buried or given up:
 *   1. the batch as a whole; a success acknowledges all of it
 *   2. an outage: pause, and the same again, for as long as it takes, without counting
 *   3. a failure of several messages: each alone, in order; nothing is counted yet
 *   4. a failure of one message alone: counted; pause, and again, until the policy's last failure buries it
 * A message that does not fit its schema is buried at its first failure: it will not fit the fifth time.
 * A batch with a message that a process may have died of starts at 3, and such a message is counted before it is tried: the
 * process that dies of it cannot count any more.
 * The messages behind it wait meanwhile, because handing them over first would break the order.
 */
export async function deliver(items: readonly Item[], desk: Desk): Promise<void> {
  if (!items.some(({ suspect }) => suspect)) {
    const outcome = await attempt(items, desk)
    if (typeof outcome === 'string') return
    const [only, ...others] = items
    if (only !== undefined && others.length === 0) return await insist(only, outcome.error, desk)
  }
  for (const item of items) {
    const single = item.suspect && item.failures >= desk.retry.maxFailures ? fatal(item) : await attempt([item], desk)
    if (single === 'given up') return
    if (single !== 'settled') await insist(item, single.error, desk)
    if (desk.giveUp.aborted) return
  }
}

function fatal({ message, failures }: Item): { readonly error: unknown } {
  const what = `message ${message.key} of ${message.topic}`
  return { error: new FtError('message_fatal', `${what}: ${failures} processes ended while they handled it alone`) }
}

async function attempt(items: readonly Item[], desk: Desk): Promise<Outcome> {
  return items.some(({ suspect }) => suspect) ? await desk.alone(() => tryOut(items, desk)) : await tryOut(items, desk)
}

/** Tries once, or as often as an outage keeps it from being tried. */
async function tryOut(items: readonly Item[], desk: Desk): Promise<Outcome> {
  const suspects = items.filter(({ suspect }) => suspect)
  for (let outages = 1; ; outages += 1) {
    if (desk.giveUp.aborted || !(await count(suspects, 1, desk))) return 'given up'
    try {
      await desk.handle(items.map(asDelivery), desk.signal)
      desk.outage(null)
      for (const item of items) item.ack()
      return 'settled'
    } catch (error) {
      if (desk.giveUp.aborted) return 'given up'
      if (!(await isNobodysFault(error, desk))) {
        desk.outage(null)
        return { error }
      }
      desk.outage(error)
    }
    await count(suspects, 0, desk)
    await sleep(desk.retry.delayMs(outages), desk.giveUp)
  }
}

async function count(items: readonly Item[], more: number, desk: Desk): Promise<boolean> {
  for (const item of items) {
    if (!(await persist(() => item.keep(item.failures + more), desk))) return false
  }
  return true
}

async function isNobodysFault(error: unknown, desk: Desk): Promise<boolean> {
  if (isOutage(error)) return true
  return isFtError(error, 'task_timeout') && !(await desk.isHealthy())
}

function asDelivery({ message, failures }: Item): Delivery {
  return failures === 0 ? message : { ...message, attempt: failures + 1 }
}

/** Tries one message that has failed again and again, until it is settled, buried or given up. */
async function insist(item: Item, first: unknown, desk: Desk): Promise<void> {
  for (let error = first; ; ) {
    // The attempts of a message that processes died of are counted already.
    if (!isFtError(error, 'message_fatal')) item.failures += 1
    const last = item.failures >= desk.retry.maxFailures || isFtError(error, 'message_invalid')
    const reason = error
    desk.failed(item, reason)
    if (!(await persist(() => (last ? desk.bury(item, reason) : item.keep(item.failures)), desk))) return
    if (last) return item.ack()
    await sleep(desk.retry.delayMs(item.failures), desk.giveUp)
    const outcome = await attempt([item], desk)
    if (typeof outcome === 'string') return
    error = outcome.error
  }
}

/** Writes down a failure, however long the store is away. False when it was given up. */
async function persist(write: () => Promise<void>, desk: Desk): Promise<boolean> {
  for (let outages = 1; !desk.giveUp.aborted; outages += 1) {
    try {
      await write()
      return true
    } catch (error) {
      desk.outage(error)
      await sleep(desk.retry.delayMs(outages), desk.giveUp)
    }
  }
  return false
}
