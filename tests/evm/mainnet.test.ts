import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/core/events.js'
import { detailsProblem } from '../../src/core/market.js'
import { parseEvm } from '../../src/ingest/evm/parse.js'
import { stateSyncTxHash } from '../../src/ingest/evm/stateSync.js'
import { evmRecording, evmRecordingNames } from '../support/mainnet.js'
import { describedAs, expectedFields } from './expected.js'
import { eventOf, recordedEvents } from './recordedEvents.js'

describe('real logs mean what was established about them, and nothing else', () => {
  test.each(evmRecordingNames())('%s', (name) => {
    const recording = evmRecording(name)
    const events = recordedEvents(recording)
    const { facts, failures } = parseEvm(events)
    expect(failures).toEqual([])
    expect(facts.map(detailsProblem).filter((problem) => problem !== null)).toEqual([])
    expect(events).toHaveLength(recording.logs.length)

    recording.logs.forEach((log, index) => {
      const event = eventOf(events, log)
      const own = facts.filter(({ sourceEventId }) => sourceEventId === event.sourceEventId)
      const expected = recording.expect.filter((entry) => entry.log === index && entry.kind !== 'ignored')
      const described = own.map((fact, place) => describedAs(fact, event, expected[place] ?? { log: index, kind: '' }))
      expect(described).toEqual(expected.map(expectedFields))
    })
  })

  test.each(evmRecordingNames())('%s: counts', (name) => {
    const recording = evmRecording(name)
    const { facts } = parseEvm(recordedEvents(recording))
    const count = (...kinds: readonly string[]) => facts.filter(({ kind }) => kinds.includes(kind)).length
    expect({
      mint: count('mint'),
      transfer: count('transfer'),
      burn: count('burn'),
      sale: count('sale'),
      cancel: count('cancel', 'cancel_all'),
      logs: recording.logs.length,
      logsIgnored: recording.logs.length - new Set(facts.map(({ sourceEventId }) => sourceEventId)).size,
    }).toEqual(recording.expectCounts)
  })
})

test('owners and balances after each of nine consecutive blocks are those that were established', () => {
  const recording = evmRecording('eth-blocks-14000004-14000012.json')
  const events = recordedEvents(recording)
  const owners = new Map<string, string>()
  const balances = new Map<string, bigint>()
  for (const state of recording.expectState ?? []) {
    const block = events.filter(({ blockNumber }) => blockNumber === state.afterBlock)
    for (const fact of parseEvm(block).facts) apply(fact, owners, balances)
    const held = [...balances].filter(([, quantity]) => quantity !== 0n)
    expect({
      afterBlock: state.afterBlock,
      erc721Owners: owners.size,
      erc721Digest: digest([...owners].map(([asset, owner]) => `${asset}:${owner}`)),
      erc1155Deltas: held.length,
      erc1155Digest: digest(held.map(([holding, quantity]) => `${holding}:${quantity}`)),
    }).toEqual(state)
  }
})

test('the hash of a state-sync transaction is the one that Bor derives', () => {
  const { logs } = evmRecording('polygon-state-sync.json')
  expect(logs.map(({ transactionHash }) => transactionHash)).toEqual(
    logs.map(({ blockNumber, blockHash }) => stateSyncTxHash(Number(blockNumber), blockHash ?? '')),
  )
})

function apply(fact: Fact, owners: Map<string, string>, balances: Map<string, bigint>): void {
  const asset = `${fact.contract}:${fact.tokenId}`
  if (fact.standard === 'erc721' && fact.to === null) owners.delete(asset)
  if (fact.standard === 'erc721' && fact.to !== null) owners.set(asset, fact.to)
  if (fact.standard !== 'erc1155') return
  for (const [account, quantity] of [
    [fact.from, -fact.quantity],
    [fact.to, fact.quantity],
  ] as const) {
    const holding = `${asset}:${account}`
    if (account !== null) balances.set(holding, (balances.get(holding) ?? 0n) + quantity)
  }
}

function digest(lines: readonly string[]): string {
  return createHash('sha256')
    .update([...lines].sort().join('\n'))
    .digest('hex')
}
