import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RawEvent } from '../../core/events.js'
import { marketTopics } from './marketplaces/registry.js'
import { parseEvm } from './parse.js'
import * as topics from './topics.js'

const contract = `0x${'aa'.repeat(20)}`
const alice = `0x${'a1'.repeat(20)}`
const bob = `0x${'b0'.repeat(20)}`
const zero = `0x${'00'.repeat(20)}`
const MAX = 2n ** 256n - 1n

const word = (value: string | bigint | number) =>
  typeof value === 'string' ? value.slice(2).padStart(64, '0') : value.toString(16).padStart(64, '0')
const words = (...values: readonly (string | bigint | number)[]) => `0x${values.map(word).join('')}`
const indexed = (topic0: string, ...values: readonly (string | bigint)[]) => [topic0, ...values.map((v) => words(v))]

function event(eventTopics: readonly string[], data: string, more: Partial<RawEvent> = {}): RawEvent {
  const payload = { topics: eventTopics, data, txIndex: 0 }
  return { sourceEventId: 'e', blockNumber: 1, fork: 0, position: 0, txHash: '0x1', contract, payload, ...more }
}

const parseOne = (eventTopics: readonly string[], data: string) => parseEvm([event(eventTopics, data)])
const reasonOf = (eventTopics: readonly string[], data: string) => {
  const { facts, failures } = parseOne(eventTopics, data)
  expect(facts).toEqual([])
  expect(failures).toHaveLength(1)
  return failures[0]?.reason
}

describe('a transaction that moves more tokens than fit into memory at once', () => {
  const minted = (n: number) =>
    event(indexed(topics.CONSECUTIVE_TRANSFER, BigInt(n * 10_000), zero, alice), words(n * 10_000 + 9_999), {
      sourceEventId: `e${n}`,
    })

  test('is read up to a bound; each event beyond is a failure that says that it can be read alone', () => {
    const single = event(indexed(topics.TRANSFER, alice, bob, 7n), '0x', { sourceEventId: 'single' })
    const { facts, failures } = parseEvm([...Array.from({ length: 7 }, (_, n) => minted(n)), single])
    expect(facts).toHaveLength(50_000)
    expect(failures.map(({ sourceEventId }) => sourceEventId)).toEqual(['e5', 'e6', 'single'])
    expect(failures[0]?.reason).toContain('a replay reads it alone')
    expect(parseEvm([minted(6)]).facts).toHaveLength(10_000)
  })

  test('its first event is read however many that one moves: nothing is less than an event', () => {
    const ids = Array.from({ length: 50_001 }, (_, id) => word(id)).join('')
    const array = `${word(50_001)}${ids}`
    const data = `${words(64, 64 + array.length / 2)}${array}${array}`
    const large = event(indexed(topics.TRANSFER_BATCH, alice, zero, alice), data)
    const { facts, failures } = parseEvm([large, { ...minted(0), position: 1 }])
    expect(facts).toHaveLength(50_001)
    expect(failures.map(({ sourceEventId }) => sourceEventId)).toEqual(['e0'])
  })
})

describe('ERC-721', () => {
  test('the largest token id is kept whole, and data beside the topics does not matter', () => {
    const { facts } = parseOne(indexed(topics.TRANSFER, alice, bob, MAX), words(1, 2))
    expect(facts).toMatchObject([
      { kind: 'transfer', standard: 'erc721', from: alice, to: bob, tokenId: MAX, quantity: 1n },
    ])
  })

  test('ERC-20 and unindexed transfers give nothing', () => {
    for (const count of [0, 1, 2]) {
      const some = indexed(topics.TRANSFER, alice, bob).slice(0, count + 1)
      expect(parseOne(some, words(5))).toEqual({ facts: [], failures: [] })
    }
  })

  test('an account with dirty upper bytes is a failure, not another account', () => {
    expect(reasonOf(indexed(topics.TRANSFER, MAX, bob, 1n), '0x')).toMatch(/upper 12 bytes/)
  })
})

describe('ERC-1155', () => {
  const batch = indexed(topics.TRANSFER_BATCH, alice, alice, bob)

  test('repeated ids and zero quantities keep their place in a batch', () => {
    const { facts } = parseOne(batch, words(64, 192, 3, 7, 7, MAX, 3, 0, 5, MAX))
    expect(facts.map(({ subIndex, tokenId, quantity }) => [subIndex, tokenId, quantity])).toEqual([
      [0, 7n, 0n],
      [1, 7n, 5n],
      [2, MAX, MAX],
    ])
  })

  test('an empty batch gives no fact and is no failure', () => {
    expect(parseOne(batch, words(64, 96, 0, 0))).toEqual({ facts: [], failures: [] })
  })

  test('arrays may share their place, be in any order, and be followed by other bytes', () => {
    expect(parseOne(batch, words(64, 64, 1, 9)).facts).toMatchObject([{ tokenId: 9n, quantity: 9n }])
    expect(parseOne(batch, `${words(128, 64, 1, 2, 1, 3)}ff`).facts).toMatchObject([{ tokenId: 3n, quantity: 2n }])
  })

  test.each([
    ['more ids than values', words(64, 160, 2, 1, 2, 1, 1), 'TransferBatch has 2 ids and 1 values'],
    ['an offset beyond the data', words(64, 4_000, 1, 1), 'ends before the word'],
    ['an offset of 2^256-1', words(64, MAX, 1, 1), 'too large'],
    ['a length beyond the data', words(64, 128, 1, 1, 9), 'longer than the data'],
    ['a length of 2^256-1', words(64, 128, MAX, 1, 1), 'too large'],
    ['no data', '0x', 'ends before'],
    ['half a word', `0x${'00'.repeat(40)}`, 'ends before'],
  ])('a batch with %s is a failure', (_, data, reason) => {
    expect(reasonOf(batch, data)).toContain(reason)
  })

  test('from zero to zero announces an id: a transfer of nothing between nobody', () => {
    const { facts } = parseOne(indexed(topics.TRANSFER_SINGLE, alice, zero, zero), words(3, 0))
    expect(facts).toMatchObject([{ kind: 'transfer', from: null, to: null, tokenId: 3n, quantity: 0n, subIndex: 0 }])
  })

  test('0x…dEaD is an owner, not a burn', () => {
    const dead = `0x${'dead'.padStart(40, '0')}`
    const { facts } = parseOne(indexed(topics.TRANSFER_SINGLE, alice, alice, dead), words(3, 1))
    expect(facts).toMatchObject([{ kind: 'transfer', to: dead }])
  })

  test('a single transfer without a value is a failure', () => {
    expect(reasonOf(indexed(topics.TRANSFER_SINGLE, alice, alice, bob), words(3))).toContain('ends before')
  })
})

describe('ERC-2309', () => {
  const mint = (first: bigint, last: bigint) =>
    parseOne([topics.CONSECUTIVE_TRANSFER, words(first), words(zero), words(bob)], words(last))

  test('every token of the range is minted, both ends included', () => {
    const { facts } = mint(MAX - 2n, MAX)
    expect(facts.map(({ kind, standard, tokenId, subIndex, to }) => [kind, standard, tokenId, subIndex, to])).toEqual([
      ['mint', 'erc721', MAX - 2n, 0, bob],
      ['mint', 'erc721', MAX - 1n, 1, bob],
      ['mint', 'erc721', MAX, 2, bob],
    ])
  })

  test('10,000 tokens are unfolded, one more is a failure', () => {
    expect(mint(1n, 10_000n).facts).toHaveLength(10_000)
    expect(mint(1n, 10_001n).failures[0]?.reason).toBe(
      'ConsecutiveTransfer of 10001 tokens is beyond the 10000 that are unfolded',
    )
    expect(mint(0n, MAX).failures).toHaveLength(1)
  })

  test('a reversed range is a failure', () => {
    expect(mint(5n, 4n).failures[0]?.reason).toContain('reversed')
  })
})

test.each([
  ['TransferSingle', topics.TRANSFER_SINGLE, words(1, 1, 1)],
  ['TransferBatch', topics.TRANSFER_BATCH, words(64, 128, 1, 1, 1, 1)],
  ['ConsecutiveTransfer', topics.CONSECUTIVE_TRANSFER, words(1, 2)],
])('a %s whose arguments are not indexed as the standard has them is another event', (_, topic0, data) => {
  expect(parseOne(indexed(topic0, 1n, alice), data)).toEqual({ facts: [], failures: [] })
})

describe('whatever a contract emits', () => {
  const hex = (bytes: number) =>
    fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => `0x${Buffer.from(b).toString('hex')}`)
  const known = fc.constantFrom(...topics.TRANSFER_TOPICS, ...marketTopics)
  const small = fc.oneof(fc.nat(400), fc.constantFrom(32, 64, 96, 128, 160)).map((n) => words(n))
  const topic = fc.oneof(hex(32), small, fc.constant(words(alice)))
  const data = fc.oneof(
    fc.uint8Array({ maxLength: 700 }).map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`),
    fc.array(fc.oneof(topic, small), { maxLength: 24 }).map((parts) => `0x${parts.map((p) => p.slice(2)).join('')}`),
  )
  const log = fc.record({
    topic0: fc.oneof(known, hex(32)),
    rest: fc.array(topic, { maxLength: 3 }),
    data,
    contract: fc.constantFrom(contract, ...topics.SEAPORT.keys()),
    txHash: fc.constantFrom('0x1', '0x2'),
  })

  test('nothing is thrown, sub-indexes are contiguous, and every event gives facts or a failure, not both', () => {
    fc.assert(
      fc.property(fc.array(log, { maxLength: 8 }), (logs) => {
        const events = logs.map(({ topic0, rest, ...more }, n) =>
          event([topic0, ...rest], more.data, { ...more, sourceEventId: `e${n}`, position: n }),
        )
        const { facts, failures } = parseEvm(events)
        for (const { sourceEventId } of events) {
          const own = facts.filter((fact) => fact.sourceEventId === sourceEventId)
          expect(own.map(({ subIndex }) => subIndex)).toEqual(own.map((_, index) => index))
          const failed = failures.filter((failure) => failure.sourceEventId === sourceEventId).length
          expect(failed + Math.min(1, own.length)).toBeLessThanOrEqual(1)
        }
        for (const fact of facts) expect(fact.quantity >= 0n).toBe(true)
      }),
      { numRuns: 3_000, seed: 20_261_124 },
    )
  })

  test('a payload that is not that of a log is a failure', () => {
    for (const payload of [{}, { topics: 'x', data: '0x' }, { topics: [], data: '0xz' }, { topics: [1], data: '0x' }]) {
      expect(parseEvm([{ ...event([], '0x'), payload }]).failures).toHaveLength(1)
    }
  })
})
