import { z } from 'zod'
import { parseAddress } from '../../../core/address.js'
import { messageOf } from '../../../core/errors.js'

/*
 * OpenSea's API v2, as far as it is read. Fields that are not named here are let pass. Integers come as decimal strings or, where they are
 * small, as numbers.
 */

const MOST = 2n ** 256n

const integer = z
  .union([z.string().regex(/^\d{1,78}$|^0x[0-9a-f]{1,64}$/i), z.int().nonnegative()])
  .transform((value, context) => {
    const number = BigInt(value)
    if (number < MOST) return number
    context.addIssue({ code: 'custom', message: 'is larger than 256 bits' })
    return z.NEVER
  })
const small = z.union([
  z.int().nonnegative(),
  z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number),
])
const address = z.string().transform((text, context) => {
  try {
    return parseAddress('evm', text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) })
    return z.NEVER
  }
})
const bytes32 = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/i)
  .transform((text) => text.toLowerCase())

const item = z.object({
  itemType: small,
  token: address,
  identifierOrCriteria: integer,
  startAmount: integer,
  endAmount: integer,
})

/** A listing: the order as its maker signed it, and the Seaport that it was signed for. */
export const openseaListing = z.object({
  order_hash: bytes32,
  chain: z.string().optional(),
  protocol_address: address,
  protocol_data: z.object({
    parameters: z.object({
      offerer: address,
      zone: address,
      offer: z.array(item).min(1).max(100),
      consideration: z.array(item.extend({ recipient: address })).max(100),
      orderType: small,
      startTime: integer,
      endTime: integer,
      zoneHash: bytes32,
      salt: integer,
      conduitKey: bytes32,
      counter: integer,
    }),
  }),
})

/** A page of listings. Each is looked at on its own, so that one that is odd does not hide the others. */
export const openseaPage = z.object({
  listings: z.array(z.unknown()),
  next: z.string().nullish(),
})

/** What a collection consists of. */
export const openseaCollection = z.object({
  contracts: z.array(z.object({ address, chain: z.string() })),
})
