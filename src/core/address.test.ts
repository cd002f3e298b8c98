import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressFromHex, addressToBytea, type ChainKind, EVM_ZERO, parseAddress } from './address.js'
import { isFtError } from './errors.js'

const hexDigits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
const evm = hexDigits(40).map((digits) => `0x${digits}`)
const ton = fc.tuple(fc.constantFrom('0', '-1'), hexDigits(64)).map(([workchain, account]) => `${workchain}:${account}`)

/** What the pool makes of bytea text: `\x…` becomes `0x…`. */
const asRead = (bytea: string) => `0x${bytea.slice(2)}`

function refusal(kind: ChainKind, input: string): unknown {
  try {
    return parseAddress(kind, input)
  } catch (error) {
    return error
  }
}

describe('a canonical address', () => {
  test('is the same after a way through the database', () => {
    fc.assert(
      fc.property(fc.oneof(evm, ton), (address) => {
        expect(addressFromHex(asRead(addressToBytea(address)))).toBe(address)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test('takes 20 bytes on EVM, 33 on TON, and no two share theirs', () => {
    fc.assert(
      fc.property(evm, ton, ton, (a, b, c) => {
        expect([addressToBytea(a).length, addressToBytea(b).length]).toEqual([2 + 2 * 20, 2 + 2 * 33])
        expect(addressToBytea(b) === addressToBytea(c)).toBe(b === c)
      }),
      { seed: 2 },
    )
  })

  test('has a fixed form in the database', () => {
    expect(addressToBytea(EVM_ZERO)).toBe(`\\x${'00'.repeat(20)}`)
    expect(addressToBytea(`0:${'ab'.repeat(32)}`)).toBe(`\\x00${'ab'.repeat(32)}`)
    expect(addressToBytea(`-1:${'ab'.repeat(32)}`)).toBe(`\\xff${'ab'.repeat(32)}`)
  })
})

test('of another workchain is never stored as that of an account of this one, nor read as one', () => {
  const account = 'ab'.repeat(32)
  for (const address of [`1:${account}`, `-2:${account}`, `00:${account}`, account, `0:${account.slice(2)}`]) {
    expect(() => addressToBytea(address), address).toThrow('is not a canonical address')
  }
  expect(addressFromHex(`0x01${account}`)).toBe(`1:${account}`)
})

describe('parseAddress', () => {
  test('gives the canonical form of any case and surrounding space', () => {
    fc.assert(
      fc.property(fc.oneof(evm, ton), fc.boolean(), (address, upper) => {
        const typed = ` ${upper ? address.toUpperCase().replace('0X', '0x') : address}\n`
        expect(parseAddress(address.startsWith('0x') ? 'evm' : 'ton', typed)).toBe(address)
      }),
      { seed: 3 },
    )
  })

  test.each<[ChainKind, string]>([
    ['evm', ''],
    ['evm', 'abab'.repeat(10)],
    ['evm', `0x${'a'.repeat(39)}`],
    ['evm', `0x${'a'.repeat(41)}`],
    ['evm', `0x${'g'.repeat(40)}`],
    ['evm', `0x${'a'.repeat(40)}\n0x${'a'.repeat(40)}`],
    ['evm', `0:${'a'.repeat(64)}`],
    ['ton', `0x${'a'.repeat(40)}`],
    ['ton', `0:${'a'.repeat(63)}`],
    // no other workchain has a place in the database: 1: would come back as 0:
    ['ton', `1:${'a'.repeat(64)}`],
    ['ton', `-0:${'a'.repeat(64)}`],
  ])('refuses as %s %j, naming the input', (kind, input) => {
    const error = refusal(kind, input)
    expect(isFtError(error, 'address_invalid') && error.message).toContain(`"${input}" is not an address: `)
    expect(error).toMatchObject({ details: { input } })
  })

  test('shortens a long input in the message', () => {
    const error = refusal('evm', 'x'.repeat(10_000))
    expect(isFtError(error) && error.message.length).toBeLessThan(300)
  })
})
