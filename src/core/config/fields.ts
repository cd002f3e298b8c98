import { isIP } from 'node:net'
import { z } from 'zod'
import { parseAddress } from '../address.js'
import { messageOf } from '../errors.js'
import { maskUrl } from './mask.js'

/*
 * The forms that a variable's text can have. Each schema's issue says what is wrong, names the input (masked where it may hold
 * a secret) and what is expected; `problems.ts` puts the variable's name before it and an example behind it.
 */

/** Where indexing starts. `default`: what fits the scope (see docs/configuration.md). */
export type Start =
  | { readonly kind: 'height'; readonly height: number }
  | { readonly kind: 'finalized' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'default' }

/** Which contracts are indexed: all but the denied ones, or the named ones. Canonical addresses. */
export type Contracts =
  | { readonly mode: 'all'; readonly deny: readonly string[] }
  | { readonly mode: 'list'; readonly addresses: readonly string[] }

/** A schema from a function that gives the value, or throws an Error whose message says what is wrong with the text. */
function text<T>(read: (text: string) => T) {
  return z.string().transform((input, context) => {
    try {
      return read(input)
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) })
      return z.NEVER
    }
  })
}

function quote(input: string): string {
  return `"${input.length > 80 ? `${input.slice(0, 80)}…` : input}"`
}

/** The items of a comma-separated list, trimmed, without empty ones. */
function items(input: string): string[] {
  return input
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function distinct(list: readonly string[], show: (item: string) => string): readonly string[] {
  const twice = list.find((item, index) => list.indexOf(item) !== index)
  if (twice !== undefined) throw new Error(`${show(twice)} is named twice`)
  if (list.length === 0) throw new Error('names nothing')
  return list
}

function checkUrl(input: string, schemes: readonly string[]): string {
  const expected = schemes.map((scheme) => `${scheme}://`).join(' or ')
  if (/\s/.test(input) || !URL.canParse(input)) throw new Error(`${quote(maskUrl(input))} is not a URL (${expected})`)
  const url = new URL(input)
  if (!schemes.includes(url.protocol.slice(0, -1))) throw new Error(`${quote(maskUrl(input))} is not a ${expected} URL`)
  if (url.hostname === '' && !url.searchParams.has('host')) throw new Error(`${quote(maskUrl(input))} names no host`)
  return input
}

/** One URL with one of these schemes (without ://). */
export function url(...schemes: readonly string[]) {
  return text((input) => checkUrl(input, schemes))
}

/** One or several different URLs, comma-separated. */
export function urls(...schemes: readonly string[]) {
  return text((input) =>
    distinct(
      items(input).map((item) => checkUrl(item, schemes)),
      (item) => quote(maskUrl(item)),
    ),
  )
}

/** A TCP port; 0 takes any free one. */
export function port() {
  return text((input) => {
    if (!/^\d{1,5}$/.test(input) || Number(input) > 65_535)
      throw new Error(`${quote(input)} is not a port (0 to 65535)`)
    return Number(input)
  })
}

/** A whole number of milliseconds within bounds, both included. */
export function milliseconds(least: number, most: number) {
  return text((input) => {
    const value = Number(input)
    if (!/^\d+$/.test(input) || value < least || value > most) {
      throw new Error(`${quote(input)} is not a number of milliseconds from ${least} to ${most}`)
    }
    return value
  })
}

/** A whole number of seconds within bounds, both included. */
export function wholeSeconds(least: number, most: number) {
  return text((input) => {
    const value = Number(input)
    if (!/^\d+$/.test(input) || value < least || value > most) {
      throw new Error(`${quote(input)} is not a number of seconds from ${least} to ${most}`)
    }
    return value
  })
}

/** A rate: requests per second from 0.01 to 10,000, decimals allowed. */
export function perSecond() {
  return text((input) => {
    const value = Number(input)
    if (!/^\d+(\.\d+)?$/.test(input) || value < 0.01 || value > 10_000) {
      throw new Error(`${quote(input)} is not a number of requests per second from 0.01 to 10000`)
    }
    return value
  })
}

/** A host name or IP address to listen on. */
export function host() {
  return text((input) => {
    if (isIP(input) === 0 && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(input)) {
      throw new Error(`${quote(input)} is not a host name or IP address`)
    }
    return input
  })
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]) {
  return text((input) => {
    const word = words.find((candidate) => candidate === input)
    if (word === undefined) throw new Error(`${quote(input)} is not one of ${words.join(', ')}`)
    return word
  })
}

/** Free text, kept as it is. */
export function plain() {
  return z.string()
}

/** Different lower-case names, comma-separated. */
export function names() {
  return text((input) => distinct(items(input), quote))
}

/** A block to start at: height, `finalized` or `latest`. */
export function start() {
  return text((input): Start => {
    if (input === 'finalized' || input === 'latest') return { kind: input }
    const height = Number(input)
    if (!/^\d+$/.test(input) || !Number.isSafeInteger(height)) {
      throw new Error(`${quote(input)} is not a block: a height, finalized or latest`)
    }
    return { kind: 'height', height }
  })
}

/** `all`, or different EVM addresses, comma-separated; null stands for `all`, whose deny-list the network knows. */
export function contracts() {
  return text((input) => {
    if (input === 'all') return null
    return distinct(
      items(input).map((item) => parseAddress('evm', item)),
      quote,
    )
  })
}

/** `*`, or different web origins, comma-separated, as browsers send them. */
export function origins() {
  return text((input) => {
    if (input === '*') return ['*']
    return distinct(items(input), quote).map((item) => {
      if (!/^https?:\/\//.test(item) || !URL.canParse(item) || new URL(item).origin !== item) {
        throw new Error(`${quote(item)} is not an origin (scheme, host and port, nothing behind them)`)
      }
      return item
    })
  })
}

/** A number of requests per minute, or `off`. */
export function rate() {
  return text((input) => {
    if (input === 'off') return input
    const count = Number(input)
    if (!/^\d{1,7}$/.test(input) || count === 0) {
      throw new Error(`${quote(input)} is not a number of requests per minute (1 to 9999999), nor off`)
    }
    return count
  })
}

/** Different IP addresses or networks (CIDR), comma-separated. */
export function networks() {
  return text((input) => distinct(items(input).map(checkNetwork), quote))
}

function checkNetwork(input: string): string {
  const [address = '', bits] = input.split('/')
  const most = isIP(address) === 6 ? 128 : 32
  if (isIP(address) === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))) {
    throw new Error(`${quote(input)} is neither an IP address nor a network`)
  }
  return input
}
