import { isTonBurnAddress } from '../../core/address.js'
import { isFtError } from '../../core/errors.js'
import type { Fact, Parsed, ParseFailure, RawEvent } from '../../core/events.js'
import { undecodable } from './cells.js'
import { cancelFact, listFact, named, saleFact } from './market.js'
import { assignmentIn, assignmentOf, newOwnerOf, operationOf, withoutNotice } from './messages.js'
import {
  AUCTION_FILL_UP,
  DNS_RELEASE,
  NFT_TRANSFER,
  SBT_DESTROY,
  TELEITEM_CANCEL_AUCTION,
  TELEITEM_START_AUCTION,
} from './ops.js'
import { cameToLife, type Item, type PayloadMessage, type TonPayload, tonPayload } from './payload.js'
import { isChangeOfPrice, repriced } from './saleHistory.js'
import type { SaleState } from './saleState.js'
import { auctionFact, bidFact, withdrawalFact } from './telemint.js'

/**
 * What TON raw events mean, one transaction of an item (or of the contract that sells it) after the other. The item's own
 * transaction is the only evidence of ownership; what contracts said when it was read stands beside it. Transactions of what is
 * no item, or whose item its collection does not know, give neither fact nor failure: their payload keeps the reason. Where an
 * account could not be read when it was asked, what is known of the transaction are facts, and that it is not all is a failure.
 */
export function parseTon(events: readonly RawEvent[]): Parsed {
  const facts: Fact[] = []
  const failures: ParseFailure[] = []
  for (const event of events) {
    try {
      const payload = payloadIn(event)
      facts.push(...factsOf(event, payload))
      const { unread } = payload.evidence
      if (unread !== undefined) failures.push({ sourceEventId: event.sourceEventId, reason: unread })
    } catch (error) {
      if (!isFtError(error, 'event_undecodable')) throw error
      failures.push({ sourceEventId: event.sourceEventId, reason: error.message })
    }
  }
  return { facts, failures }
}

/** Collects the facts of one transaction; their order is their sub-index. */
class Facts {
  readonly list: Fact[] = []
  readonly #sourceEventId: string

  constructor(sourceEventId: string) {
    this.#sourceEventId = sourceEventId
  }

  get next() {
    return { sourceEventId: this.#sourceEventId, subIndex: this.list.length }
  }

  /** A change of owner: from nobody it is a mint; to nobody, or to an account that nobody has the key of, a burn. */
  move(item: Item, from: string | null, to: string | null): void {
    const receiver = to !== null && isTonBurnAddress(to) ? null : to
    if (from === null && receiver === null) return
    const kind = from === null ? 'mint' : receiver === null ? 'burn' : 'transfer'
    this.list.push({ ...this.next, kind, ...named(item), from, to: receiver, quantity: 1n, details: null })
  }
}

function payloadIn(event: RawEvent): TonPayload {
  const parsed = tonPayload.safeParse(event.payload)
  if (parsed.success) return parsed.data
  throw undecodable(`the payload is not that of a transaction: ${parsed.error.issues[0]?.message}`)
}

function factsOf(event: RawEvent, payload: TonPayload): readonly Fact[] {
  const { item } = payload.evidence
  if (item === null) return []
  const facts = new Facts(event.sourceEventId)
  if (event.contract === item.address) itemFacts(facts, item, payload)
  else priceFacts(facts, item, payload, event.contract)
  return facts.list
}

function itemFacts(facts: Facts, item: Item, payload: TonPayload): void {
  const { evidence, status, destroyed } = payload
  if (destroyed || status[1] === 'nonexist') {
    facts.move(item, evidence.ownerBefore ?? null, null)
  } else if (cameToLife(...status)) {
    facts.move(item, null, evidence.ownerAfter ?? null)
  } else {
    const op = payload.in === null ? null : operationOf(payload.in)
    settle(facts, item, payload, op)
    if (payload.in !== null) operationFacts(facts, item, payload, payload.in, op)
  }
}

function operationFacts(
  facts: Facts,
  item: Item,
  payload: TonPayload,
  message: PayloadMessage,
  op: number | null,
): void {
  if (op === NFT_TRANSFER) transfer(facts, item, payload)
  if (op === SBT_DESTROY) facts.move(item, message.source, null)
  if (op === DNS_RELEASE) {
    // The name is up for auction again; what the item held goes to who owned it.
    const owner = payload.out.find((one) => operationOf(one) === DNS_RELEASE)?.destination
    facts.move(item, owner ?? null, null)
  }
  if (op === TELEITEM_START_AUCTION) facts.list.push(auctionFact(facts.next, item, message, payload.time))
  if (op === TELEITEM_CANCEL_AUCTION) {
    facts.list.push(withdrawalFact(facts.next, item, message.source ?? item.address))
  }
}

/**
 * An auction that was over is settled by the next message, whatever that is about: the winner owns the item from then on. Where that is
 * a transfer, it is the winner's, and the item tells two new owners, one after the other.
 */
function settle(facts: Facts, item: Item, payload: TonPayload, op: number | null): void {
  const { evidence, out } = payload
  const transfer = op === NFT_TRANSFER ? payload.in : null
  const assignment = assignmentOf(transfer === null ? out : withoutNotice(out, transfer))
  const isWon = assignment !== null && (transfer === null || assignment.to === transfer.source)
  if (isWon && assignment.bid !== null) {
    // Early contracts name the new owner as the previous one.
    const previous = assignment.previous === assignment.to ? null : assignment.previous
    const before = evidence.ownerBefore === undefined ? previous : evidence.ownerBefore
    facts.move(item, before, assignment.to)
    facts.list.push(bidFact(facts.next, item, payload, assignment, before))
    return
  }
  const isNameSold = out.some((message) => operationOf(message) === AUCTION_FILL_UP)
  if (!isNameSold) return
  const winner = op === NFT_TRANSFER ? (payload.in?.source ?? null) : (evidence.ownerAfter ?? null)
  facts.move(item, null, winner)
}

/** TEP-62 transfer, and what it means for the sale contracts on its two sides. */
function transfer(facts: Facts, item: Item, payload: TonPayload): void {
  const { in: message, evidence, time } = payload
  if (message === null || message.source === null) throw undecodable('an nft_transfer came from outside')
  const from = message.source
  const to = newOwnerOf(message)
  facts.move(item, from, to)
  const left = saleOf(payload, from, item)
  // One that has traded its item gives back what is sent to it later.
  const isOver = evidence.release !== undefined && left?.complete === true
  if (left !== null && left.owner !== null && !isOver) {
    const trade = tradeOf(left, left.owner, to, evidence.release)
    if (trade === 'cancel') facts.list.push(cancelFact(facts.next, item, from, left, to))
    else if (trade !== null) facts.list.push(saleFact(facts.next, item, from, left, trade, evidence.release))
  }
  const entered = saleOf(payload, to, item)
  if (entered === null || entered.complete || entered.kind === 'offer') return
  const seller = entered.owner ?? evidence.ownerBefore ?? from
  facts.list.push(listFact(facts.next, item, to, entered, seller, time))
}

/** What it means that a sale contract gave its item to an account: a trade, the end of a listing, or that an offer sent it back (null). */
function tradeOf({ kind }: SaleState, owner: string, to: string, release: PayloadMessage | undefined) {
  if (kind !== 'offer') return owner === to ? 'cancel' : { seller: owner, buyer: to }
  const seller = release === undefined ? null : (assignmentIn([release])?.previous ?? null)
  return owner === to && seller !== null ? { seller, buyer: to } : null
}

/** The sale contract at an address, if it is one and speaks of this item: one that is valid can name any. */
function saleOf({ evidence }: TonPayload, address: string, item: Item) {
  const sale = evidence.sales[address]
  return sale?.nft === item.address ? sale : null
}

/** A seller changed the price: the same order is listed again. */
function priceFacts(facts: Facts, item: Item, payload: TonPayload, contract: string): void {
  const sale = saleOf(payload, contract, item)
  const op = payload.in === null ? null : operationOf(payload.in)
  if (sale === null || sale.owner === null || payload.in === null) return
  if (!isChangeOfPrice(op)) return
  facts.list.push(listFact(facts.next, item, contract, repriced(sale, payload.in), sale.owner, payload.time))
}
