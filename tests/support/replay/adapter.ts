import type { RawEvent } from '../../../src/core/events.js'
import type { ChainAdapter, ChainBlock } from '../../../src/ingest/adapter.js'
import { createEvmAdapter, type EvmAdapterOptions } from '../../../src/ingest/evm/adapter.js'

/** An adapter of all contracts over replay servers, with pauses short enough for tests. */
export function replayAdapter(urls: readonly string[], options: Partial<EvmAdapterOptions> = {}): ChainAdapter {
  return createEvmAdapter({
    network: 'polygon',
    chainId: 137,
    endpoints: urls,
    contracts: { mode: 'all', deny: [] },
    timeoutMs: 5_000,
    rounds: 2,
    backoffMs: { initial: 1, max: 5 },
    ...options,
  })
}

/** The events of a block as ingestion hands them to the parser. */
export function rawEvents({ header, events }: ChainBlock): readonly RawEvent[] {
  return events.map((event) => ({ ...event, blockNumber: header.number, fork: 0 }))
}
