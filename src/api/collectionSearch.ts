import { parseAddress } from '../core/address.js'
import { isFtError } from '../core/errors.js'
import { fieldProblem } from './problem.js'

/** What a search text means: addresses in a range, or names that hold words which begin like these. */
export type CollectionSearch =
  | { readonly by: 'address'; readonly values: { readonly least: string; readonly greatest: string } }
  | { readonly by: 'words'; readonly values: { readonly words: string } }

const MOST_WORDS = 8

/**
 * Reads a search text: the beginning of an address (`0x…`, `0:…`), a whole one in any form, or words.
 * @throws FtError request_invalid when there is nothing to search for
 */
export function collectionSearch(text: string): CollectionSearch {
  const trimmed = text.trim()
  const evm = /^0x([0-9a-f]{0,40})$/i.exec(trimmed)?.[1]?.toLowerCase()
  if (evm !== undefined) return range('0x', evm, 40)
  const [, workchain, ton] = /^(0|-1):([0-9a-f]{0,64})$/i.exec(trimmed) ?? []
  if (workchain !== undefined && ton !== undefined) return range(`${workchain}:`, ton.toLowerCase(), 64)
  const whole = friendly(trimmed)
  if (whole !== undefined) return { by: 'address', values: { least: whole, greatest: whole } }
  const words = trimmed.match(/[\p{L}\p{N}]+/gu) ?? []
  if (words.length === 0 || words.length > MOST_WORDS) {
    throw fieldProblem('request_invalid', {
      field: 'search',
      in: 'query',
      detail: `must be the beginning of an address, or 1 to ${MOST_WORDS} words of a name`,
    })
  }
  return { by: 'words', values: { words: words.map((word) => `${word}:*`).join(' & ') } }
}

function range(prefix: string, digits: string, length: number): CollectionSearch {
  const least = `${prefix}${digits.padEnd(length, '0')}`
  return { by: 'address', values: { least, greatest: `${prefix}${digits.padEnd(length, 'f')}` } }
}

/** A TON address as wallets show it: 48 characters. */
function friendly(text: string): string | undefined {
  if (text.length !== 48) return undefined
  try {
    return parseAddress('ton', text)
  } catch (error) {
    if (isFtError(error, 'address_invalid')) return undefined
    throw error
  }
}
