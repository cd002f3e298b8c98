import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFtError } from '../../core/errors.js'
import { type LogBody, packLog, unpackLog } from './packedLog.js'
import { TRANSFER, TRANSFER_BATCH, TRANSFER_SINGLE } from './topics.js'

const hex = (bytes: Uint8Array | readonly number[]): string => `0x${Buffer.from(bytes).toString('hex')}`
/** Words as contracts emit them: small numbers, addresses, some of them again and again, and anything. */
const anyWord = fc
  .tuple(fc.integer({ min: 0, max: 32 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([zeros, bytes]) => [...bytes].map((value, index) => (index < zeros ? 0 : value)))
const account = [...Array<number>(12).fill(0), ...Array<number>(20).fill(0xab)]
const word = fc.oneof(anyWord, fc.constant(account))
const topic = fc.oneof(word.map(hex), fc.constantFrom(TRANSFER, TRANSFER_SINGLE, TRANSFER_BATCH))
const data = fc
  .tuple(fc.array(word, { maxLength: 12 }), fc.uint8Array({ maxLength: 40 }))
  .map(([words, rest]) => hex([...words.flat(), ...rest]))
const body: fc.Arbitrary<LogBody> = fc.record({
  topics: fc.array(topic, { maxLength: 4 }),
  data,
  txIndex: fc.nat(0xffffffff),
})

describe('a packed log', () => {
  test('gives back exactly the log, whatever a contract emitted', () => {
    fc.assert(
      fc.property(body, (log) => {
        expect(unpackLog(packLog(log))).toEqual(log)
      }),
      { seed: 1, numRuns: 2_000 },
    )
  })

  test('of an ERC-721 transfer takes less than a third of its JSON', () => {
    const account = `0x${'00'.repeat(12)}${'ab'.repeat(20)}`
    const log = { topics: [TRANSFER, account, account, `0x${'0'.repeat(60)}04d2`], data: '0x', txIndex: 17 }
    expect(packLog(log).length * 3).toBeLessThan(JSON.stringify(log).length)
  })

  test('says an account that is there several times once', () => {
    const size = (topics: readonly string[], given: string): number =>
      Buffer.from(packLog({ topics: [TRANSFER_SINGLE, ...topics], data: given, txIndex: 300 }), 'base64').length
    const operator = hex(account)
    expect(size([operator, operator], '0x') - size([operator], '0x')).toBe(1)
    expect(size([operator], operator) - size([operator], '0x')).toBe(1)
  })

  test('of version 01 is read as it was', () => {
    // What version 01 made of a transfer of token 1234 with a word of data, in transaction 17 of its block
    const stored = `01000000110480${`14${'ab'.repeat(20)}`.repeat(2)}0204d200000021010742`
    expect(unpackLog(Buffer.from(stored, 'hex').toString('base64'))).toEqual({
      topics: [TRANSFER, hex(account), hex(account), `0x${'0'.repeat(60)}04d2`],
      data: `0x${'0'.repeat(63)}742`,
      txIndex: 17,
    })
  })

  test('that is cut, or followed by something, is undecodable and not another log', () => {
    fc.assert(
      fc.property(body, fc.nat(), (log, cut) => {
        const bytes = Buffer.from(packLog(log), 'base64')
        const broken = [bytes.subarray(0, cut % bytes.length), Buffer.concat([bytes, Buffer.from([cut % 256])])]
        for (const part of broken) expect(caught(part)).toBe(true)
      }),
      { seed: 2, numRuns: 500 },
    )
  })

  test('of an unknown version, or with an unknown topic or an impossible word, is undecodable', () => {
    for (const text of ['03', '0200018300', '02000121', '0200014100', '02ffffffffffffff0000', ''])
      expect(caught(Buffer.from(text, 'hex'))).toBe(true)
  })
})

function caught(bytes: Buffer): boolean {
  try {
    unpackLog(bytes.toString('base64'))
    return false
  } catch (error) {
    return isFtError(error, 'event_undecodable')
  }
}
