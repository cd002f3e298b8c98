import { z } from 'zod'
import { CANONICAL_ADDRESS } from '../core/address.js'
import { AMOUNT } from '../core/market.js'

/*
 * The values that requests and answers are made of. Schemas of requests carry the text of the 400 that they cause; every value
 * has an example, from which the examples of the OpenAPI document follow.
 */

const MAX_UINT256 = 2n ** 256n - 1n

export const uuid = z
  .guid({ error: 'must be a UUID, for example 3f0a5c1e-6a52-5d0e-9c5b-0d3f6f1c2a77' })
  .toLowerCase()
  .meta({ examples: ['3f0a5c1e-6a52-5d0e-9c5b-0d3f6f1c2a77'] })

export const networkName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, { error: 'must be the name of a network, for example polygon' })
  .meta({ description: 'Name of a network; /api/v1/networks lists them', examples: ['polygon'] })

/** An address as somebody typed it. Which form is right depends on the chain, so `addressParam` decides, not the schema. */
export const addressInput = z
  .string()
  .min(1, { error: 'must not be empty' })
  .max(200, { error: 'must be an address' })
  .meta({
    description:
      'Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON)',
    examples: ['0x2953399124f0cbb46d2cbacd8a89cf0599974963'],
  })

const NOT_A_TOKEN_ID = 'must be a decimal integer from 0 to 2^256-1 without leading zeros, for example 42'

export const tokenIdInput = z
  .string()
  .regex(/^(0|[1-9]\d{0,77})$/, { error: NOT_A_TOKEN_ID, abort: true })
  .refine((text) => BigInt(text) <= MAX_UINT256, { error: NOT_A_TOKEN_ID })
  .meta({ description: 'Token id: a decimal integer from 0 to 2^256-1', examples: ['42'] })

/** A price as it is kept: it may be beyond a token id, because it is a sum of what the chain says. */
export const amountInput = z.string().regex(AMOUNT, {
  error: 'must be a decimal integer of at most 88 digits without leading zeros, for example 42',
})

export const limit = z.coerce
  .number({ error: 'must be an integer from 1 to 200' })
  .int({ error: 'must be an integer' })
  .min(1, { error: 'must be at least 1' })
  .max(200, { error: 'must be at most 200' })
  .default(50)
  .meta({ description: 'Most items of one page', examples: [50] })

export const cursor = z
  .string()
  .optional()
  .meta({ description: 'next_cursor of the page before. It fits only the same list with the same filters and order' })

/** Queries of routes without parameters, and of lists. Strict: an unknown parameter is a 400 that names it. */
export const noQuery = z.strictObject({})
export const pageQuery = z.strictObject({ limit, cursor })

/** An address as cursors carry it. */
export const canonicalAddress = z.string().regex(CANONICAL_ADDRESS)

export const id = z.string().meta({ format: 'uuid', examples: ['3f0a5c1e-6a52-5d0e-9c5b-0d3f6f1c2a77'] })
export const address = z.string().meta({
  description: 'Canonical address: EVM in lower case, TON raw',
  examples: ['0x2953399124f0cbb46d2cbacd8a89cf0599974963'],
})
/** Beside each address that can be one of TON. Filled in when the answer leaves (`friendly.ts`). */
export const friendly = z
  .string()
  .optional()
  .meta({
    description: 'The same address in the friendly form that wallets show; only on TON',
    examples: ['EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqB2N'],
  })
export const hash = z
  .string()
  .regex(/^0x[0-9a-f]+$/)
  .meta({ examples: ['0x6b1f0c6f5f5bd0f4d4b1c0f7a39c2c6f7d1c7d0a4d5f3d3f1f0d9c8b7a695847'] })
export const height = z
  .int()
  .nonnegative()
  .meta({ description: 'Block height', examples: [65000123] })
export const count = z
  .int()
  .nonnegative()
  .meta({ examples: [1] })
export const time = z.string().meta({ format: 'date-time', examples: ['2026-01-31T12:00:00.000Z'] })

export const dataStatus = z.enum(['ok', 'quarantined']).meta({
  id: 'DataStatus',
  description:
    'quarantined: an event of the contract could not be read and waits for the operator; what is said here may lack it. ok: all events that are indexed were read.',
  examples: ['ok'],
})
export type DataStatus = z.output<typeof dataStatus>

/** An integer of any size as a decimal string: token ids, quantities, money in the smallest unit. */
export const decimal = z
  .string()
  .regex(/^-?\d+$/)
  .meta({ description: 'Decimal integer, as a string because it may exceed 2^53', examples: ['42'] })
