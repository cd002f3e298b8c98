import { describe, expect, test } from 'vitest'
import { type Fact, type RawEvent, rawEvent } from '../../../src/core/events.js'
import { chainEvents } from '../../../src/ingest/evm/chainEvents.js'
import { parseEvm } from '../../../src/ingest/evm/parse.js'
import { createScope } from '../../../src/ingest/evm/scope.js'
import { parseLogs } from '../../../src/ingest/evm/wire.js'
import { deltasOf } from '../../../src/pipeline/normalize.js'
import { recordedEvents } from '../../evm/recordedEvents.js'
import { evmRecording, evmRecordingNames } from '../../support/mainnet.js'
import { buildChain, type LogSpec } from '../../support/replay/chain.js'
import { address, batch, single, transfer20, transfer721, ZERO } from '../../support/replay/specs.js'

const events: readonly RawEvent[] = evmRecordingNames().flatMap((name) => recordedEvents(evmRecording(name)))
const { facts, failures } = parseEvm(events)
const MOVES = new Set(['mint', 'transfer', 'burn'])

/** The contract that both adapters fulfil (DESIGN, section 12), on all recordings of real EVM chains. */
describe('the contract of an adapter, EVM', () => {
  test('schema: every raw event fits its envelope, every fact is complete for its kind', () => {
    expect(failures).toEqual([])
    expect(facts.length).toBeGreaterThan(1_000)
    for (const event of events) rawEvent.parse(event)
    for (const fact of facts) {
      expect(fact.quantity).toBeGreaterThanOrEqual(0n)
      if (MOVES.has(fact.kind)) {
        expect(fact).toMatchObject({ contract: expect.stringMatching(/^0x[0-9a-f]{40}$/), details: null })
        expect(typeof fact.tokenId).toBe('bigint')
      } else {
        expect(fact.details).toMatchObject({ protocol: expect.stringMatching(/^seaport-1\.[1-6]$/) })
        expect(JSON.parse(JSON.stringify(fact.details))).toEqual(fact.details)
      }
    }
  })

  test('sub-index completeness: the facts of an event are numbered 0 to n-1, in order', () => {
    for (const own of bySource(facts).values()) {
      expect(own.map(({ subIndex }) => subIndex)).toEqual(own.map((_, index) => index))
    }
  })

  test('delta conservation: transfers sum to 0, mints to their quantity, burns to its negative', () => {
    for (const fact of facts.filter(({ kind }) => MOVES.has(kind))) {
      const sum = deltasOf(fact).reduce((total, { quantity }) => total + BigInt(quantity), 0n)
      const expected = { mint: fact.quantity, burn: -fact.quantity }
      expect(sum).toBe(fact.kind === 'mint' || fact.kind === 'burn' ? expected[fact.kind] : 0n)
    }
  })

  test('no deltas for events that move nothing', () => {
    const others = facts.filter(({ kind }) => !MOVES.has(kind))
    expect(others.length).toBeGreaterThan(50)
    expect(others.flatMap(deltasOf)).toEqual([])
  })

  test('id stability: source event ids are unique, and the same whenever the same logs are read', () => {
    expect(new Set(events.map(({ sourceEventId }) => sourceEventId)).size).toBe(distinctLogs(events))
    const again = evmRecordingNames().flatMap((name) => recordedEvents(evmRecording(name)))
    expect(again).toEqual(events)
  })

  test('id stability: a transaction that is included again, elsewhere and after others, keeps its ids', () => {
    const tx = [mint(1n), swap(1n), mint(2n), swap(2n)].map((log): LogSpec => ({ ...log, tx: 'T' }))
    const before = eventsOf([tx], createScope({ mode: 'all', deny: [] }))
    const after = eventsOf([[], [mint(9n), ...tx]], createScope({ mode: 'all', deny: [] }))
    expect(before).toHaveLength(4)
    expect(after.slice(1).map(({ sourceEventId }) => sourceEventId)).toEqual(
      before.map(({ sourceEventId }) => sourceEventId),
    )
    expect(after.slice(1).map(({ position }) => position)).not.toEqual(before.map(({ position }) => position))
  })

  test('id stability: what else the filter lets through does not change an id', () => {
    const logs = [transfer20(move), mint(1n), transfer20(move), mint(2n), swap(3n)]
    const tx = logs.map((log): LogSpec => ({ ...log, tx: 'T' }))
    const all = eventsOf([tx], createScope({ mode: 'all', deny: [] }))
    const listed = eventsOf([tx.filter(({ topics }) => topics.length === 4)], createScope(list))
    expect(all.map(({ sourceEventId }) => sourceEventId)).toEqual(listed.map(({ sourceEventId }) => sourceEventId))
  })
})

const contract = address('nft', 1)
const move = { contract, from: address('user', 1), to: address('user', 2) }
const list = { mode: 'list', addresses: [contract] } as const
const mint = (tokenId: bigint) => transfer721({ contract, from: ZERO, to: address('user', 1), tokenId })
const swap = (tokenId: bigint) =>
  tokenId === 3n ? batch({ ...move, ids: [1n, 1n], values: [0n, 5n] }) : single({ ...move, tokenId, value: 2n })

function eventsOf(blocks: readonly (readonly LogSpec[])[], scope: ReturnType<typeof createScope>) {
  return buildChain(blocks).withLogs.flatMap(({ logs }) => chainEvents(137, parseLogs('test', logs), scope))
}

function bySource(all: readonly Fact[]): Map<string, Fact[]> {
  const found = new Map<string, Fact[]>()
  for (const fact of all) found.set(fact.sourceEventId, [...(found.get(fact.sourceEventId) ?? []), fact])
  return found
}

/** Some recordings overlap: the same log can be in two of them. */
function distinctLogs(all: readonly RawEvent[]): number {
  return new Set(all.map(({ txHash, position }) => `${txHash}:${position}`)).size
}
