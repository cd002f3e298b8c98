import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFtError } from '../../core/errors.js'
import { type LogBody, packLog, unpackLog } from './packedLog.js'
import { TRANSFER, TRANSFER_BATCH, TRANSFER_SINGLE } from './topics.js'

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`
/** Words as contracts emit them: small numbers, addresses, and anything. */
const word = fc
  .tuple(fc.integer({ min: 0, max: 32 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([zeros, bytes]) => bytes.map((value, index) => (index < zeros ? 0 : value)))
const topic = fc.oneof(word.map(hex), fc.constantFrom(TRANSFER, TRANSFER_SINGLE, TRANSFER_BATCH))
const data = fc
  .tuple(fc.array(word, { maxLength: 12 }), fc.uint8Array({ maxLength: 40 }))
  .map(([words, rest]) => hex(Buffer.concat([...words, rest])))
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
    for (const text of ['02', '01000000000183', '010000000001210', ''])
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
