import { type FtError, isFtError } from '../../core/errors.js'
import { stateInitOf } from './cells.js'
import type { TonApi } from './client.js'
import { askItem, type ItemAnswer, lacksMethod } from './items.js'
import { assignmentIn, leadingAddress, receiverIn } from './messages.js'
import { nextGiver, ownerBefore } from './owners.js'
import { type Evidence, type Item, messagesOf } from './payload.js'
import { isUnreadable } from './refusals.js'
import { Sales } from './sales.js'
import type { Look } from './select.js'
import { LastSeen } from './upToDate.js'
import type { TonAccount, TonTransaction } from './wire.js'

/** A transaction that may say something about an item. */
export interface Candidate {
  readonly transaction: TonTransaction
  readonly look: Look
}

/** An item, with who owned it when it became known, or does so by the ledger; undefined where that was not asked. */
export type KnownItem = Item & { readonly owner?: string | null }

/** Which of these accounts the ledger knows as items. */
export type Recorded = (accounts: readonly string[]) => Promise<readonly KnownItem[]>

/** What was learned about accounts: which are items and which code cannot be one's, which does not change; and when they were last seen. */
export interface Knowledge {
  readonly items: Map<string, KnownItem>
  readonly notItems: Set<string>
  readonly lastSeen: LastSeen
  readonly recorded: Recorded
}

const MOST_KNOWN = 100_000

/** Nothing known yet but what the ledger knows. */
export function newKnowledge(recorded: Recorded = async () => []): Knowledge {
  return { items: new Map(), notItems: new Set(), lastSeen: new LastSeen(), recorded }
}

/** Asks the chain what the candidates of one seqno mean; null for those that turn out to concern no item. */
export interface Inquiry {
  /** @throws FtError as ChainAdapter lists them */
  evidenceOf(candidate: Candidate): Promise<Evidence | null>
}

/**
 * An inquiry about the candidates of one seqno. The accounts that could be sale contracts, and the deployed ones, are asked for
 * in one request, and the ledger for the destroyed ones in one.
 * @throws FtError as ChainAdapter lists them
 */
export async function inquire(
  api: TonApi,
  knowledge: Knowledge,
  candidates: readonly Candidate[],
  wallets: ReadonlySet<string>,
): Promise<Inquiry> {
  const named = new Set(candidates.flatMap((candidate) => accountsOf(candidate).filter((name) => !wallets.has(name))))
  const unread = new Map<string, FtError>()
  const gone = candidates.flatMap(({ transaction, look }) => (look === 'gone' ? [transaction.account.address] : []))
  const [accounts, items] = await Promise.all([
    named.size === 0 ? [] : api.accounts([...named], (name, error) => unread.set(name, error)),
    gone.length === 0 ? [] : knowledge.recorded(gone),
  ])
  const byAddress = new Map(accounts.map((account) => [account.address, account]))
  const recorded = new Map(items.map((item) => [item.address, item]))
  const sales = new Sales(api, byAddress)
  const sources = { api, knowledge, byAddress, unread, recorded, wallets, sales }
  return { evidenceOf: (candidate) => anyEvidence(sources, candidate) }
}

interface Sources {
  readonly api: TonApi
  readonly knowledge: Knowledge
  readonly byAddress: ReadonlyMap<string, TonAccount>
  /** Accounts that no endpoint can read. */
  readonly unread: ReadonlyMap<string, FtError>
  readonly recorded: ReadonlyMap<string, KnownItem>
  readonly wallets: ReadonlySet<string>
  readonly sales: Sales
}

/** The accounts whose state matters: the two sides of a transfer, a sale whose price changes, one that was deployed or destroyed. */
function accountsOf({ transaction, look }: Candidate): string[] {
  const { account, in_msg } = transaction
  if (look === 'own') return []
  if (look !== 'transfer') return [account.address]
  const receiver = receiverOf(transaction)
  return [in_msg?.source?.address, receiver].filter((address) => address !== undefined)
}

function receiverOf(transaction: TonTransaction): string | undefined {
  const { in: message } = messagesOf(transaction)
  return message === null ? undefined : (receiverIn(message) ?? undefined)
}

/**
 * What one account holds, whoever wrote it, must not stop the network: where it cannot be read, it proves nothing. Where it is the
 * endpoints that cannot read it, somebody has to look: that is no answer of the chain.
 */
async function anyEvidence(sources: Sources, candidate: Candidate): Promise<Evidence | null> {
  try {
    if (candidate.look !== 'transfer') refuseUnread(sources, accountsOf(candidate))
    return await evidence(sources, candidate)
  } catch (error) {
    if (isUnreadable(error)) return { item: null, unread: error.message, sales: {} }
    if (!isFtError(error, 'event_undecodable')) throw error
    return { item: null, reason: error.message, sales: {} }
  }
}

/** @throws FtError isUnreadable for the first of the accounts that no endpoint can read */
function refuseUnread({ unread }: Sources, accounts: readonly string[]): void {
  for (const account of accounts) {
    const error = unread.get(account)
    if (error !== undefined) throw error
  }
}

async function evidence(sources: Sources, candidate: Candidate): Promise<Evidence | null> {
  const { transaction, look } = candidate
  const { account, lt } = transaction
  switch (look) {
    case 'price':
      return await priceEvidence(sources, transaction)
    case 'gone':
      return await goneEvidence(sources, transaction)
    case 'deployment':
      return await deploymentEvidence(sources, transaction)
    case 'transfer': {
      const answer = await itemAt(sources, account.address)
      if (answer.item === null) return { item: null, reason: answer.reason, sales: {} }
      return { item: answer.item, ...(await readableSales(sources, candidate)) }
    }
    case 'settlement':
    case 'own': {
      const answer = await itemAt(sources, account.address)
      if (answer.item === null) return answer.isNft ? { item: null, reason: answer.reason, sales: {} } : null
      if (look === 'own') return { item: answer.item, sales: {} }
      return { item: answer.item, sales: {}, ...(await settlementOwners(sources, transaction, lt)) }
    }
  }
}

/** The sale contracts of a transfer. Whoever receives or gives an item may be unreadable: the item has moved all the same. */
async function readableSales(sources: Sources, candidate: Candidate): Promise<Omit<Evidence, 'item'>> {
  try {
    refuseUnread(sources, accountsOf(candidate))
    return await salesOf(sources, candidate.transaction)
  } catch (error) {
    if (isUnreadable(error)) return { unread: error.message, sales: {} }
    throw error
  }
}

/** The sale contracts on the two sides of a transfer. */
async function salesOf(
  { wallets, sales }: Sources,
  transaction: TonTransaction,
): Promise<Pick<Evidence, 'sales' | 'release'>> {
  const { account, lt, in_msg } = transaction
  const [giver, receiver] = [in_msg?.source?.address, receiverOf(transaction)].map((address) =>
    address === undefined || wallets.has(address) ? undefined : address,
  )
  const [left, entered] = await Promise.all([
    giver === undefined ? null : sales.leaving(giver, account.address, lt),
    receiver === undefined ? null : sales.asOf(receiver, lt),
  ])
  return {
    sales: {
      ...(receiver === undefined || entered === null ? {} : { [receiver]: entered }),
      ...(giver === undefined || left === null ? {} : { [giver]: left.sale }),
    },
    ...(left?.release === undefined ? {} : { release: left.release }),
  }
}

async function priceEvidence(
  { sales, ...sources }: Sources,
  { account, lt }: TonTransaction,
): Promise<Evidence | null> {
  const sale = await sales.asOf(account.address, lt)
  if (sale === null || sale.nft === null) return null
  const answer = await itemAt(sources, sale.nft)
  if (answer.item === null) return { item: null, reason: answer.reason, sales: {} }
  return { item: answer.item, sales: { [account.address]: sale } }
}

/**
 * A destroyed account can no longer be asked, and what it was sent proves nothing: any contract can take an nft_transfer. It was an
 * item if it said so while it lived, and was confirmed: to this process, or to the one that wrote the ledger; or if it lives again.
 */
async function goneEvidence(sources: Sources, { account, lt }: TonTransaction): Promise<Evidence | null> {
  const { api, knowledge, byAddress } = sources
  const lives = byAddress.get(account.address)?.status === 'active'
  const known: KnownItem | null =
    knowledge.items.get(account.address) ??
    sources.recorded.get(account.address) ??
    (lives ? (await itemAt(sources, account.address)).item : null)
  if (known === null) return null
  const { owner: first, ...item } = known
  const told = await ownerBefore(api, account.address, lt)
  const owner = told === undefined ? (sources.recorded.get(account.address)?.owner ?? first ?? null) : told
  return owner === null ? null : { item, ownerBefore: owner, sales: {} }
}

async function deploymentEvidence(sources: Sources, transaction: TonTransaction): Promise<Evidence | null> {
  const { knowledge } = sources
  const { account, in_msg } = transaction
  const codeHash = in_msg?.init === undefined ? null : (stateInitOf(in_msg.init.boc)?.codeHash ?? null)
  if (codeHash !== null && knowledge.notItems.has(codeHash)) return null
  const answer = await askItem(sources.api, account.address)
  if (answer.item === null) {
    if (codeHash !== null && lacksMethod(answer)) remember(knowledge.notItems, codeHash)
    return answer.isNft ? { item: null, reason: answer.reason, sales: {} } : null
  }
  const owner = await ownerAfter(sources, transaction, answer.owner)
  learn(knowledge, { ...answer.item, owner })
  return { item: answer.item, ownerAfter: owner, sales: {} }
}

async function settlementOwners(sources: Sources, transaction: TonTransaction, lt: bigint) {
  const { out } = messagesOf(transaction)
  const assigned = assignmentIn(out)
  if (assigned === null) {
    const answer = await askItem(sources.api, transaction.account.address)
    return { ownerAfter: answer.item === null ? null : await ownerAfter(sources, transaction, answer.owner) }
  }
  // Early contracts name the new owner as the previous one; then the item's own past decides.
  const isTold = assigned.previous !== assigned.to
  const before = isTold ? assigned.previous : await ownerBefore(sources.api, transaction.account.address, lt)
  return { ownerBefore: before ?? null }
}

/**
 * Who owns an item after a transaction that gave it an owner: whom it told so; else whom it names `now`, if its message began with that
 * owner; else who gave it away next, and whom it names `now` if nobody did. That is asked for after `now`: what was known of the account
 * before may be older.
 */
async function ownerAfter(sources: Sources, transaction: TonTransaction, now: string | null): Promise<string | null> {
  const { account, lt } = transaction
  const payload = messagesOf(transaction)
  const assigned = assignmentIn(payload.out)
  if (assigned !== null) return assigned.to
  const leading = payload.in === null ? null : leadingAddress(payload.in)
  if (leading !== null && leading === now) return leading
  return (await nextGiver(sources.api, account.address, lt)) ?? now
}

async function itemAt({ api, knowledge }: Pick<Sources, 'api' | 'knowledge'>, address: string): Promise<ItemAnswer> {
  const known = knowledge.items.get(address)
  if (known !== undefined) return { item: { address, collection: known.collection, index: known.index }, owner: null }
  const answer = await askItem(api, address)
  if (answer.item !== null) learn(knowledge, answer.item)
  return answer
}

/** The oldest goes first: a destroyed item may have been learned of a moment ago, and not be in the ledger yet. */
function learn({ items }: Knowledge, item: KnownItem): void {
  items.delete(item.address)
  items.set(item.address, item)
  const [oldest] = items.keys()
  if (items.size > MOST_KNOWN && oldest !== undefined) items.delete(oldest)
}

function remember(set: Set<string>, entry: string): void {
  if (set.size >= MOST_KNOWN) set.clear()
  set.add(entry)
}
