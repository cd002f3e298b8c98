import { EVM_ZERO } from '../../../core/address.js'
import type { Fact } from '../../../core/events.js'
import { LAST_SECOND, type MarketItem } from '../../../core/market.js'
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

const place = (log: EvmLog) => ({ protocol: 'sequence-2', market: log.contract, marketplace: 'sequence' })
const orderOf = (log: EvmLog): string => `0x${uintOf(log.topics[1]).toString(16).padStart(64, '0')}`

/**
 * Sequence Market 2 (0xsequence/marketplace-contracts). Requests are listings or offers and live on the chain, so every listing is
 * known. `creator` keeps the token until the request is accepted. RequestAccepted names neither token id nor price: the token is the
 * one that moved in the same transaction (the first of several that no event before has taken), the price is left out here and taken
 * from the listing's terms by the ledger's reader.
 */
export const sequenceMarketplace: MarketplaceParser = {
  protocol: 'sequence',
  topics: [REQUEST_CREATED, REQUEST_ACCEPTED, REQUEST_CANCELLED],
  naming: [],
  parse: (logs, movements) => {
    const untaken = [...movements]
    return readEach(logs, (log) => {
      if (log.topics[0] === REQUEST_CREATED) return created(log)
      return log.topics[0] === REQUEST_ACCEPTED ? accepted(log, untaken) : cancelled(log)
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
  const contract = addressOf(log.topics[3])
  const receiver = addressAt(log.data, 0)
  const quantity = uintAt(log.data, 32)
  const at = untaken.findIndex(
    (fact) => fact.contract === contract && fact.to === receiver && fact.quantity === quantity,
  )
  const [moved] = at < 0 ? [] : untaken.splice(at, 1)
  // without its transfer the event names no token at all: nothing that could be kept as a sale
  if (moved === undefined || moved.tokenId === null || moved.from === null || moved.standard === null) return []
  const item: MarketItem = {
    standard: moved.standard,
    contract,
    tokenId: moved.tokenId.toString(),
    quantity: quantity.toString(),
  }
  const buyer = receiver === EVM_ZERO ? addressOf(log.topics[2]) : receiver
  return [
    {
      ...{ sourceEventId: log.sourceEventId, subIndex: 0, kind: 'sale', standard: moved.standard, contract },
      ...{ tokenId: moved.tokenId, from: moved.from, to: buyer, quantity },
      details: {
        ...place(log),
        ...{ order: orderOf(log), side: 'listing', seller: moved.from, buyer, items: [item], bundleSize: 1 },
        ...{
          price: null,
          currency: null,
          fees: null,
          royalties: null,
          payouts: [],
          confirmed: true,
          saleType: 'fixed',
        },
        fills: [{ order: orderOf(log), quantity: quantity.toString() }],
      },
    },
  ]
}

function cancelled(log: EvmLog): readonly Fact[] {
  const nothing = { standard: null, contract: null, tokenId: null, from: null, to: null, quantity: 0n }
  const details = { ...place(log), order: orderOf(log), maker: EVM_ZERO }
  return [{ sourceEventId: log.sourceEventId, subIndex: 0, kind: 'cancel', ...nothing, details }]
}
