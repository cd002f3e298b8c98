import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Fact, RawEvent } from '../../src/core/events.js'
import { detailsProblem, type SaleDetails } from '../../src/core/market.js'
import { logOf } from '../../src/ingest/evm/log.js'
import { parseEvm } from '../../src/ingest/evm/parse.js'
import { stateSyncTxHash } from '../../src/ingest/evm/stateSync.js'
import { TRANSFER } from '../../src/ingest/evm/topics.js'
import { addressOf, uintAt } from '../../src/ingest/evm/words.js'
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

test('the money of real sales is that which the transfers of their currency moved', () => {
  const sales = evmRecordingNames().flatMap((name) => moneyOf(recordedEvents(evmRecording(name))))
  expect(sales).toHaveLength(15)
  for (const { details, spent, earned } of sales) {
    const { price, fees, royalties } = details
    expect({ order: details.order, spent }).toEqual({ order: details.order, spent: BigInt(price ?? 0) })
    if (fees === null || royalties === null) continue
    expect({ order: details.order, earned }).toEqual({
      order: details.order,
      earned: spent - BigInt(fees) - BigInt(royalties),
    })
  }
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

/** The sales in an ERC-20, each alone in its transaction, with what buyer and seller have less and more of it after that. */
function moneyOf(events: readonly RawEvent[]) {
  return parseEvm(events).facts.flatMap((fact) => {
    if (fact.kind !== 'sale') return []
    const details = fact.details as SaleDetails
    const { txHash } = events.find(({ sourceEventId }) => sourceEventId === fact.sourceEventId) ?? {}
    const paid = events.filter((event) => event.txHash === txHash && event.contract === details.currency).map(logOf)
    const moved = paid.filter(({ topics }) => topics[0] === TRANSFER && topics.length === 3)
    const sum = (topic: 1 | 2, account: string) =>
      moved
        .filter(({ topics }) => addressOf(topics[topic]) === account)
        .reduce((total, { data }) => total + uintAt(data, 0), 0n)
    if (moved.length === 0) return []
    const net = (account: string) => sum(2, account) - sum(1, account)
    return [{ details, spent: -net(details.buyer), earned: net(details.seller) }]
  })
}

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
