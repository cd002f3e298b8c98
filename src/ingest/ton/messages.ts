import { beginCell, type Slice } from '@ton/core'
import { bodyCell, ifReadable, loadRaw, opOf, reading, undecodable } from './cells.js'
import { NFT_TRANSFER, OWNERSHIP_ASSIGNED, TELEITEM_BID_INFO } from './ops.js'
import type { PayloadMessage } from './payload.js'

/** The operation of a message, null when it has none or its body cannot be read. */
export function operationOf({ body }: Pick<PayloadMessage, 'body'>): number | null {
  return body === null ? null : ifReadable(() => opOf(bodyCell(body)))
}

/** Whether a message is nothing but a text comment that says this. @throws FtError event_undecodable */
export function isComment({ body }: Pick<PayloadMessage, 'body'>, text: string): boolean {
  return body !== null && bodyCell(body).equals(beginCell().storeUint(0, 32).storeStringTail(text).endCell())
}

/** The new owner that an nft_transfer names (TEP-62). @throws FtError event_undecodable */
export function newOwnerOf(message: PayloadMessage): string {
  return reading('nft_transfer', bodyCell(message.body ?? ''), (slice) => {
    slice.skip(32 + 64)
    const owner = loadRaw(slice)
    if (owner === null) throw undecodable('the new owner is addr_none')
    return owner
  })
}

/** The new owner that a message names if it is a whole nft_transfer; null for any other. */
export function receiverIn(message: PayloadMessage): string | null {
  return operationOf(message) === NFT_TRANSFER ? ifReadable(() => newOwnerOf(message)) : null
}

/** An ownership_assigned: whom it tells, who was the owner, and the winning bid when an auction of Telegram's ended. */
export interface Assignment {
  readonly to: string
  readonly previous: string | null
  readonly bid: bigint | null
}

/**
 * The ownership_assigned among messages that an item sent: the last one, when there are several.
 * @throws FtError event_undecodable
 */
export function assignmentOf(messages: readonly PayloadMessage[]): Assignment | null {
  const message = messages.findLast((one) => one.destination !== null && operationOf(one) === OWNERSHIP_ASSIGNED)
  if (message?.destination === undefined || message.destination === null) return null
  const to = message.destination
  return reading('ownership_assigned', bodyCell(message.body ?? ''), (slice) => {
    slice.skip(32 + 64)
    const previous = loadRaw(slice)
    return { to, previous, bid: bidOf(slice) }
  })
}

/** The same where a message that is cut off is as good as none: anybody can send one. */
export function assignmentIn(messages: readonly PayloadMessage[]): Assignment | null {
  return ifReadable(() => assignmentOf(messages))
}

/** forward_payload is a cell of its own or the rest of this one; some contracts leave it out, and who transfers an item puts anything there. */
function bidOf(slice: Slice): bigint | null {
  try {
    if (slice.remainingBits === 0) return null
    const payload = slice.loadBit() ? (slice.remainingRefs > 0 ? slice.loadRef().beginParse() : null) : slice
    if (payload === null || payload.remainingBits < 32 || payload.loadUint(32) !== TELEITEM_BID_INFO) return null
    return payload.loadCoins()
  } catch {
    return null
  }
}

/**
 * What an item sent upon an nft_transfer, without its notice to the new owner: the last ownership_assigned, if the transfer asks for one.
 * What that says beside the owners is said by whoever transfers the item.
 */
export function withoutNotice(sent: readonly PayloadMessage[], transfer: PayloadMessage): readonly PayloadMessage[] {
  if (ifReadable(() => forwardAmountOf(transfer)) === 0n) return sent
  const notice = sent.findLastIndex((one) => one.destination !== null && operationOf(one) === OWNERSHIP_ASSIGNED)
  return sent.filter((_, index) => index !== notice)
}

function forwardAmountOf(transfer: PayloadMessage): bigint {
  return reading('nft_transfer', bodyCell(transfer.body ?? ''), (slice) => {
    slice.skip(32 + 64)
    slice.loadMaybeAddress()
    slice.loadMaybeAddress()
    slice.loadMaybeRef()
    return slice.loadCoins()
  })
}

/** An address at the very beginning of a body, as in the init message of the reference item; null when none is there. */
export function leadingAddress(message: PayloadMessage): string | null {
  if (message.body === null) return null
  try {
    return loadRaw(bodyCell(message.body).beginParse())
  } catch {
    return null
  }
}

/** Terms of a Telegram item's auction. */
export interface TelegramAuction {
  readonly beneficiary: string | null
  readonly minBid: bigint
  /** 0: it cannot be bought at once. */
  readonly maxBid: bigint
  readonly duration: number
}

/** The terms in a teleitem_start_auction. @throws FtError event_undecodable */
export function auctionOf(message: PayloadMessage): TelegramAuction {
  return reading('teleitem_start_auction', bodyCell(message.body ?? ''), (slice) => {
    slice.skip(32 + 64)
    const config = slice.loadRef().beginParse()
    const beneficiary = loadRaw(config)
    const [minBid, maxBid] = [config.loadCoins(), config.loadCoins()]
    config.skip(8 + 32)
    return { beneficiary, minBid, maxBid, duration: config.loadUint(32) }
  })
}
