import { describe, expect, test } from 'vitest'
import type { Fact } from '../../core/events.js'
import { marketAddresses, marketTopics } from './marketplaces/registry.js'
import { createScope } from './scope.js'
import * as topics from './topics.js'
import type { WireLog } from './wire.js'

const [read, other] = [`0x${'aa'.repeat(20)}`, `0x${'bb'.repeat(20)}`]
const seaport = '0x0000000000000068f116a894984e2db1123eb395'
const topic = `0x${'01'.repeat(32)}`

function log(address: string, topic0: string, more: Partial<WireLog> = {}): WireLog {
  const place = { blockNumber: 1, blockHash: topic, txHash: topic, txIndex: 0, logIndex: 0 }
  return { address, topics: [topic0, topic, topic, topic], data: '0x', ...place, ...more }
}

const order = (txHash: string, contract: string) =>
  log(seaport, topics.ORDER_FULFILLED, {
    txHash,
    topics: [topics.ORDER_FULFILLED, topic, topic],
    data: `0x${contract.slice(2)}`,
  })

describe('all contracts', () => {
  const scope = createScope({ mode: 'all', deny: [other.toUpperCase().replace('0X', '0x')] })

  test('blocks are read without asking for what contracts say of their metadata; that is asked for by itself', () => {
    expect(
      scope.filters.flatMap((filter) => filter.topics.flat()).filter((one) => topics.UPDATE_TOPICS.includes(one ?? '')),
    ).toEqual([])
    expect(scope.updateFilters).toEqual([{ topics: [topics.UPDATE_TOPICS] }])
    expect(createScope({ mode: 'list', addresses: [read, other] }).updateFilters).toEqual([
      { address: [read, other], topics: [topics.UPDATE_TOPICS] },
    ])
  })

  test('the node is asked for four topics, so that ERC-20 is left out, and for markets by address', () => {
    expect(scope.filters).toEqual([
      { topics: [topics.TRANSFER_TOPICS, null, null, null] },
      { address: marketAddresses, topics: [marketTopics] },
    ])
  })

  test('ERC-20, denied contracts and orders without content are not kept', () => {
    const kept = [log(read, topics.TRANSFER), log(read, topics.TRANSFER_BATCH), order('0x1', read)]
    const dropped = [
      log(read, topics.TRANSFER, { topics: [topics.TRANSFER, topic, topic] }),
      log(other, topics.TRANSFER_SINGLE),
      log(seaport, topics.ORDER_VALIDATED_V1),
    ]
    expect(scope.select([...kept, ...dropped])).toEqual(kept)
  })

  test('facts about denied contracts are left out, also where an order brings them', () => {
    const fact = (contract: string | null) => ({ contract }) as Fact
    const parser = scope.narrow(() => ({ facts: [fact(read), fact(other), fact(null)], failures: [] }))
    expect(parser([]).facts.map(({ contract }) => contract)).toEqual([read, null])
  })
})

describe('listed contracts', () => {
  const scope = createScope({ mode: 'list', addresses: [read] })

  test('the node is asked for them alone', () => {
    expect(scope.filters[0]?.address).toEqual([read])
    expect(scope.listed).toEqual(new Set([read]))
  })

  test('an order is kept when it names one of them, or one of them moved in its transaction', () => {
    const matched = (txHash: string) => log(seaport, topics.ORDERS_MATCHED, { txHash, topics: [topics.ORDERS_MATCHED] })
    const kept = [
      order('0x1', read),
      order('0x2', other),
      log(read, topics.TRANSFER, { txHash: '0x2' }),
      matched('0x1'),
    ]
    const cancel = log(seaport, topics.ORDER_CANCELLED, { txHash: '0x3' })
    expect(scope.select([...kept, order('0x3', other), matched('0x3'), cancel])).toEqual([...kept, cancel])
  })
})

test('without marketplaces no market is asked for', () => {
  expect(createScope({ mode: 'all', deny: [] }, []).filters).toHaveLength(1)
})

test('an address that is none is refused', () => {
  expect(() => createScope({ mode: 'list', addresses: ['0x12'] })).toThrow('is not an address')
})

test('a list that is longer than a node takes in one filter is asked for in several, each contract in one of them', () => {
  const listed = Array.from({ length: 2_500 }, (_, n) => `0x${n.toString(16).padStart(40, '0')}`)
  const { filters } = createScope({ mode: 'list', addresses: [...listed, ...listed.slice(0, 10)] }, [])
  expect(filters.map(({ address }) => address?.length)).toEqual([1_000, 1_000, 500])
  expect(filters.flatMap(({ address }) => address)).toEqual(listed)
})
