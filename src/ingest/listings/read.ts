import { isFtError } from '../../core/errors.js'
import { sleep } from '../../core/wakeup.js'
import type { ListingSource, OffchainOrder } from './source.js'

/** Where what was read goes: the pipeline, in transactions of its own. */
export interface OrderStore {
  /** Begins a reading of a scope; what the other two get tells readings apart. */
  begin(scope: string): Promise<string>
  /** Stores a page of orders. */
  keep(scope: string, orders: readonly OffchainOrder[]): Promise<void>
  /** The scope was read to its end: what was not in it since `began` is closed, and its contracts are covered for a while. */
  finish(scope: string, began: string, contracts: readonly string[]): Promise<void>
}

/** What is worth telling of a reading. */
export interface Reading {
  readonly scope: string
  readonly orders: number
  readonly refused: number
  /** Why one of the refused was. */
  readonly reason: string | null
}

export interface ReadOptions {
  readonly source: ListingSource
  readonly store: OrderStore
  /** Milliseconds from the beginning of one round over all scopes to that of the next. */
  readonly everyMs: number
  readonly onRead: (reading: Reading) => void
  readonly onFailure: (scope: string, error: unknown) => void
}

/**
 * Reads all scopes again and again until the signal aborts. A scope that fails is left as it is until the next round: orders of a reading
 * that did not reach its end are kept, and none is closed.
 */
export async function keepReading(options: ReadOptions, signal: AbortSignal): Promise<void> {
  const { source, everyMs, onRead, onFailure } = options
  while (!signal.aborted) {
    const next = performance.now() + everyMs
    for (const scope of source.scopes) {
      if (signal.aborted) return
      try {
        onRead(await readScope(options, scope, signal))
      } catch (error) {
        if (signal.aborted) return
        if (!isFtError(error)) throw error
        onFailure(scope, error)
      }
    }
    await sleep(Math.max(0, next - performance.now()), signal)
  }
}

/** Reads a scope once, to its end. @throws what the source or the database throws */
export async function readScope(
  { source, store }: Pick<ReadOptions, 'source' | 'store'>,
  scope: string,
  signal: AbortSignal,
): Promise<Reading> {
  const contracts = await source.contracts(scope, signal)
  const known = new Set(contracts)
  const began = await store.begin(scope)
  const seen = new Set<string>()
  let kept = 0
  let refused = 0
  let reason: string | null = null
  for await (const page of source.pages(scope, signal)) {
    const orders = page.orders.filter(({ details }) => {
      const isNew = !seen.has(details.order)
      seen.add(details.order)
      return isNew && details.items.every(({ contract }) => contract !== null && known.has(contract))
    })
    kept += orders.length
    refused += page.refused.length
    reason ??= page.refused[0]?.reason ?? null
    if (orders.length > 0) await store.keep(scope, orders)
  }
  await store.finish(scope, began, contracts)
  return { scope, orders: kept, refused, reason }
}
