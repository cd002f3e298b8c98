import { EVM_ZERO } from '../../../core/address.js'
import type { Fact } from '../../../core/events.js'
import { type CancelAllDetails, type CancelDetails, LAST_SECOND, type MarketItem } from '../../../core/market.js'
import type { EvmLog } from '../log.js'
import { addressAt, addressOf, uintAt, uintOf } from '../words.js'
import { readEach } from './each.js'
import type { MarketplaceParser } from './marketplace.js'

/** `RequestCreated(uint256 indexed requestId, address indexed creator, address indexed tokenContract, uint256, bool, uint256, address, uint256, uint256)` */
const REQUEST_CREATED = '0xb67ee55b059861d68b3b5640ee51bde6a5d9d849c6ecdb610663cbd4290bdfd5'
/** `RequestAccepted(uint256 indexed requestId, address indexed buyer, address indexed tokenContract, address, uint256, uint256)` */
const REQUEST_ACCEPTED = '0x146c7c3a67244cf406ca437a82b2bf587bc02b628b63659c73b4295b8b00e76f'
/** `RequestCancelled(uint256 indexed requestId, address indexed tokenContract)` */
const REQUEST_CANCELLED = '0xe0d7665e06e7db1fc500d66d4e3898d1d4a5533d7efe54b352fcdaa177c22783'
/** `RequestsInvalidated(address indexed creator, uint256 indexed invalidatedBefore)` */
const REQUESTS_INVALIDATED = '0xb9fd665eb33107da2a1f0113e84d01c5915024b696fa667e66f80505bf3b2977'
/** `RequestsInvalidated(address indexed creator, address indexed tokenContract, uint256 indexed invalidatedBefore)` */
const REQUESTS_OF_TOKEN_INVALIDATED = '0x359d2c7e56147963a26a08fd48199b16e28d5fff314390b6c79bb822362340ff'

const place = (log: EvmLog) => ({ protocol: 'sequence-2', market: log.contract, marketplace: 'sequence' })
const orderOf = (log: EvmLog): string => `0x${uintOf(log.topics[1]).toString(16).padStart(64, '0')}`

/**
 * Sequence Market 2 (0xsequence/marketplace-contracts). Requests are listings or offers and live on the chain, so every listing is
 * known. `creator` keeps the token until the request is accepted. RequestAccepted names neither token id nor price, nor whether a
 * listing or an offer was accepted: the token is the one that moved in the same transaction (the first of several that no event before
 * has taken), to the receiver from a listing, from who accepts to an offer. The price of a listing is left out here and taken from its
 * terms by the ledger's reader; that of an offer stays unknown.
 */
export const sequenceMarketplace: MarketplaceParser = {
  protocol: 'sequence',
  topics: [REQUEST_CREATED, REQUEST_ACCEPTED, REQUEST_CANCELLED, REQUESTS_INVALIDATED, REQUESTS_OF_TOKEN_INVALIDATED],
  naming: [],
  parse: (logs, movements) => {
    const untaken = [...movements]
    return readEach(logs, (log) => {
      switch (log.topics[0] ?? '') {
        case REQUEST_CREATED:
          return created(log)
        case REQUEST_ACCEPTED:
          return accepted(log, untaken)
        case REQUEST_CANCELLED:
          return [withdrawal(log, 'cancel', { ...place(log), order: orderOf(log), maker: EVM_ZERO })]
        default:
          return [invalidated(log)]
      }
    })
  },
}

/** A listing; an offer to buy names no seller's asset and gives nothing. The standard follows from the quantity's meaning: unknown here. */
function created(log: EvmLog): readonly Fact[] {
  const seller = addressOf(log.topics[2])
  const contract = addressOf(log.topics[3])
  const [tokenId, isListing, quantity] = [uintAt(log.data, 0), uintAt(log.data, 32), uintAt(log.data, 64)]
  if (isListing === 0n || quantity === 0n) return []
  const standard = quantity === 1n ? ('erc721' as const) : ('erc1155' as const)
  const expiry = uintAt(log.data, 160)
  return [
    {
      ...{ sourceEventId: log.sourceEventId, subIndex: 0, kind: 'list', standard, contract, tokenId },
      ...{ from: seller, to: null, quantity },
      details: {
        ...place(log),
        ...{ order: orderOf(log), side: 'listing', seller, holder: null, bundleSize: 1 },
        items: [{ standard, contract, tokenId: tokenId.toString(), quantity: quantity.toString() }],
        price: (uintAt(log.data, 128) * quantity).toString(),
        currency: addressAt(log.data, 96),
        ...{ endPrice: null, startsAt: null, partial: quantity > 1n, taker: null, auction: null },
        endsAt: expiry > LAST_SECOND ? null : Number(expiry),
      },
    },
  ]
}

/** The sale of what moved, which is taken from `untaken`: several tokens of one contract can be bought at once. */
function accepted(log: EvmLog, untaken: Fact[]): readonly Fact[] {
  const [acceptor, contract] = [addressOf(log.topics[2]), addressOf(log.topics[3])]
  const [receiver, quantity] = [addressAt(log.data, 0), uintAt(log.data, 32)]
  const find = (isIt: (fact: Fact) => boolean) =>
    untaken.findIndex((fact) => fact.contract === contract && fact.quantity === quantity && isIt(fact))
  const bought = find(({ from, to }) => from !== null && to === receiver)
  const at = bought < 0 ? find(({ from, to }) => from === acceptor && to !== null) : bought
  const [moved] = at < 0 ? [] : untaken.splice(at, 1)
  // without its transfer the event names no token at all: nothing that could be kept as a sale
  if (!moved?.from || !moved.to || moved.tokenId === null || moved.standard === null) return []
  const { standard, tokenId, from: seller, to: buyer } = moved
  const units = quantity.toString()
  const item: MarketItem = { standard, contract, tokenId: tokenId.toString(), quantity: units }
  return [
    {
      ...{ sourceEventId: log.sourceEventId, subIndex: 0, kind: 'sale', standard, contract, tokenId },
      ...{ from: seller, to: buyer, quantity },
      details: {
        ...place(log),
        ...{ order: orderOf(log), side: bought < 0 ? 'offer' : 'listing', seller, buyer, items: [item], bundleSize: 1 },
        ...{
          price: null,
          currency: null,
          fees: null,
          royalties: null,
          payouts: [],
          confirmed: true,
          saleType: 'fixed',
        },
        fills: [{ order: orderOf(log), quantity: units }],
      },
    },
  ]
}

/** All requests of an account that came before, or those for one contract's tokens. */
function invalidated(log: EvmLog): Fact {
  const maker = addressOf(log.topics[1])
  const only = log.topics[0] === REQUESTS_OF_TOKEN_INVALIDATED ? { contract: addressOf(log.topics[2]) } : {}
  return withdrawal(log, 'cancel_all', { ...place(log), maker, counter: null, ...only })
}

function withdrawal(log: EvmLog, kind: 'cancel' | 'cancel_all', details: CancelDetails | CancelAllDetails): Fact {
  const nothing = { standard: null, contract: null, tokenId: null, from: null, to: null, quantity: 0n }
  return { sourceEventId: log.sourceEventId, subIndex: 0, kind, ...nothing, details }
}
