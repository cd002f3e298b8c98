import { Address } from '@ton/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { friendlyAddress, isTonBurnAddress, parseAddress } from '../../src/core/address.js'
import { isFtError } from '../../src/core/errors.js'

const account = fc.tuple(fc.constantFrom(0, -1), fc.uint8Array({ minLength: 32, maxLength: 32 }))
const toAddress = ([workchain, hash]: [number, Uint8Array]): Address => new Address(workchain, Buffer.from(hash))

function refusal(input: string): string {
  try {
    parseAddress('ton', input)
  } catch (error) {
    if (isFtError(error, 'address_invalid')) return error.message
    throw error
  }
  return 'accepted'
}

describe('a friendly TON address', () => {
  test('means the raw address that @ton/core reads in it, in every form', () => {
    fc.assert(
      fc.property(account, fc.boolean(), fc.boolean(), (input, bounceable, urlSafe) => {
        const address = toAddress(input)
        expect(parseAddress('ton', ` ${address.toString({ bounceable, urlSafe })} `)).toBe(address.toRawString())
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test('is shown as @ton/core shows it', () => {
    fc.assert(
      fc.property(account, fc.boolean(), (input, bounceable) => {
        const address = toAddress(input)
        expect(friendlyAddress(address.toRawString(), bounceable)).toBe(address.toString({ bounceable }))
      }),
      { seed: 2, numRuns: 200 },
    )
    expect(friendlyAddress(`0x${'ab'.repeat(20)}`, true)).toBeNull()
  })

  test('with any one character changed is refused, and the message says that the checksum is wrong', () => {
    fc.assert(
      fc.property(account, fc.nat(47), fc.constantFrom(...'ABCDEFGHabcdefgh0123_-'), (input, at, other) => {
        const good = toAddress(input).toString()
        fc.pre(good[at] !== other)
        expect(refusal(`${good.slice(0, at)}${other}${good.slice(at + 1)}`)).toContain('checksum')
      }),
      { seed: 3, numRuns: 500 },
    )
  })

  test.each([
    ['kQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqKXp', ''],
    ['EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqB2', 'a TON address is'],
    ['EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8x.B2N', 'a TON address is'],
    [new Address(0, Buffer.alloc(32, 7)).toString({ testOnly: true }), 'a test network'],
    [new Address(3, Buffer.alloc(32, 7)).toString(), 'workchain 3'],
  ])('is refused: %s', (input, reason) => {
    expect(refusal(input)).toContain(`"${input}" is not an address: `)
    expect(refusal(input)).toContain(reason)
  })
})

test('the accounts that tokens are sent to in order to be gone', () => {
  expect(isTonBurnAddress(parseAddress('ton', 'EQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAM9c'))).toBe(true)
  expect(isTonBurnAddress(parseAddress('ton', 'EQAREREREREREREREREREREREREREREREREREREREREREeYT'))).toBe(true)
  expect(isTonBurnAddress(`0:${'22'.repeat(32)}`)).toBe(false)
})
