import { z } from 'zod'
import type { OffchainOrder } from '../../listings/source.js'
import { orderHashOf } from '../orderHash.js'
import { listingTerms } from '../seaport.js'
import { SEAPORT } from '../topics.js'
import { openseaListing } from './wire.js'

/** The order of a listing, or why it is none. */
export type Read =
  | { readonly order: OffchainOrder }
  | { readonly refused: { readonly order: string; readonly reason: string } }

const named = z.looseObject({ order_hash: z.string().max(80) })

/**
 * Reads a listing. It is believed only as far as it can be: the hash must be that of the parameters, the protocol a Seaport that is known,
 * and the order one that sells NFTs for one currency. Names of chains are those in `chains`.
 */
export function readListing(value: unknown, chains: readonly string[]): Read {
  const refuse = (reason: string): Read => {
    const name = named.safeParse(value)
    return { refused: { order: name.success ? name.data.order_hash : 'without a hash', reason } }
  }
  const parsed = openseaListing.safeParse(value)
  if (!parsed.success) return refuse(z.prettifyError(parsed.error))
  const { order_hash: order, protocol_address: market, chain, protocol_data } = parsed.data
  const { parameters } = protocol_data
  if (chain !== undefined && !chains.includes(chain)) return refuse(`is of the chain ${chain}`)
  const protocol = SEAPORT.get(market)
  if (protocol === undefined) return refuse(`${market} is no Seaport that is known`)
  const hash = orderHashOf(parameters)
  if (hash !== order) return refuse(`its parameters have the hash ${hash}`)
  const details = listingTerms({
    ...{ protocol, market, order, seller: parameters.offerer, zone: parameters.zone },
    ...{ orderType: parameters.orderType, conduitKey: parameters.conduitKey },
    startsAt: parameters.startTime,
    endsAt: parameters.endTime,
    items: parameters.offer.map((item) => ({ ...orderItem(item), recipient: '' })),
    asked: parameters.consideration.map((item) => ({ ...orderItem(item), recipient: item.recipient })),
  })
  if (details === null) return refuse('does not sell NFTs for one currency')
  return { order: { details, counter: parameters.counter } }
}

type Item = z.infer<typeof openseaListing>['protocol_data']['parameters']['offer'][number]

function orderItem({ itemType, token, identifierOrCriteria, startAmount, endAmount }: Item) {
  return { type: itemType, token, id: identifierOrCriteria, amount: startAmount, endAmount }
}
