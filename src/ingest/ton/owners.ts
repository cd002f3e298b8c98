import { isTonBurnAddress } from '../../core/address.js'
import type { TonApi } from './client.js'
import { assignmentIn, leadingAddress, operationOf, receiverIn, withoutNotice } from './messages.js'
import { DNS_RELEASE, NFT_TRANSFER, SBT_DESTROY } from './ops.js'
import { cameToLife, messagesOf } from './payload.js'
import type { TonTransaction } from './wire.js'

/*
 * Who owned an item at some point, from the item's own transactions: get-methods only know the present. Answers follow from the
 * chain alone, so they do not depend on when, or after which restart, somebody asks.
 */

const PAGE = 100
/** How far back an owner is looked for: an item with more transactions than this since its last change of owner is unheard of. */
const PAGES = 10

/** Who owned the item before a logical time; null: nobody; undefined: its transactions do not say. */
export async function ownerBefore(api: TonApi, item: string, lt: bigint): Promise<string | null | undefined> {
  let before = lt
  for (let page = 0; page < PAGES; page += 1) {
    const transactions = await api.history(item, { beforeLt: before }, PAGE)
    const sorted = [...transactions].filter((one) => one.lt < before).sort((a, b) => (a.lt < b.lt ? 1 : -1))
    for (const transaction of sorted) {
      const owner = ownerSet(transaction)
      if (owner !== undefined) return owner
    }
    const oldest = sorted.at(-1)
    if (oldest === undefined || isDeployment(oldest)) return undefined
    before = oldest.lt
  }
  return undefined
}

/** Who owned the item until the next change of its owner after a logical time; null when none tells: the owner is still the same. */
export async function nextGiver(api: TonApi, item: string, lt: bigint): Promise<string | null> {
  const transactions = await api.history(item, { afterLt: lt }, PAGE)
  for (const transaction of [...transactions].filter((one) => one.lt > lt).sort((a, b) => (a.lt < b.lt ? -1 : 1))) {
    const giver = isEffective(transaction) ? giverIn(transaction) : null
    if (giver !== null) return giver
  }
  return null
}

/** From whom a transaction of an item takes it, as the parser reads it: it is transferred, won in an auction, released or destroyed. */
function giverIn(transaction: TonTransaction): string | null {
  const { in: message, out } = messagesOf(transaction)
  const op = opIn(transaction)
  const transfer = op === NFT_TRANSFER ? message : null
  const won = assignmentIn(transfer === null ? out : withoutNotice(out, transfer))
  if (won !== null && won.bid !== null && (transfer === null || won.to === transfer.source)) {
    // Early contracts name the new owner as the previous one.
    return won.previous === won.to ? null : won.previous
  }
  if (op === DNS_RELEASE) return out.find((one) => operationOf(one) === DNS_RELEASE)?.destination ?? null
  return transfer !== null || op === SBT_DESTROY ? (message?.source ?? null) : null
}

/**
 * The owner that a transaction of an item leaves; undefined when it does not change it, or does not say. A contract that is no item
 * can take a transfer that names nobody: like the parser, this reads none in it.
 */
function ownerSet(transaction: TonTransaction): string | null | undefined {
  if (!isEffective(transaction)) return undefined
  const { in: message, out } = messagesOf(transaction)
  const op = opIn(transaction)
  if (op === NFT_TRANSFER && message !== null) {
    const owner = receiverIn(message)
    if (owner === null) return undefined
    return isTonBurnAddress(owner) ? null : owner
  }
  if (op === SBT_DESTROY || op === DNS_RELEASE) return null
  const assigned = assignmentIn(out)
  if (assigned !== null) return assigned.to
  return isDeployment(transaction) && message !== null ? (leadingAddress(message) ?? undefined) : undefined
}

function isEffective({ success, aborted }: TonTransaction): boolean {
  return success && !aborted
}

function isDeployment({ orig_status, end_status }: TonTransaction): boolean {
  return cameToLife(orig_status, end_status)
}

function opIn({ in_msg }: TonTransaction): number | null {
  return in_msg?.raw_body === undefined || in_msg.msg_type !== 'int_msg' ? null : operationOf({ body: in_msg.raw_body })
}
