import { isDeepStrictEqual } from 'node:util'
import { Cell } from '@ton/core'
import type { TonApi } from './client.js'
import { messagesOf, type PayloadMessage } from './payload.js'
import { givesAway, replay, type SaleStep } from './saleHistory.js'
import { readSaleState, type SaleState } from './saleState.js'
import type { TonAccount } from './wire.js'

/** The most transactions of a contract that one request gives: a sale has a handful, an auction one for each bid. */
const PAGE = 1_000

/** A sale contract just before it gave its item away, and the message upon which it did; that is missing where it is not known. */
export interface Leaving {
  readonly sale: SaleState
  readonly release?: PayloadMessage
}

/**
 * The sale contracts that one seqno meets, as of the moment that matters: what an answer says does not depend on when it is read. Where
 * a contract did something since, its own transactions tell what it was, provided that, followed to their end, they lead to what it
 * is; else the present stands in. Each contract is asked for once. All methods throw FtError as ChainAdapter lists them.
 */
export class Sales {
  readonly #api: TonApi
  readonly #accounts: ReadonlyMap<string, TonAccount>
  readonly #now = new Map<string, Promise<SaleState | null>>()
  readonly #steps = new Map<string, Promise<readonly SaleStep[]>>()

  /** `accounts`: what the accounts that are asked about are now, by address. */
  constructor(api: TonApi, accounts: ReadonlyMap<string, TonAccount>) {
    this.#api = api
    this.#accounts = accounts
  }

  /** The sale contract at an address after all that happened up to a logical time; null when it is none. */
  async asOf(address: string, lt: bigint): Promise<SaleState | null> {
    const account = this.#accounts.get(address)
    const isUnchanged = account !== undefined && account.last_transaction_lt <= lt
    if (isUnchanged) return saleIn(account)
    const now = await this.#stateNow(address)
    if (now === null) return null
    const steps = await this.#trusted(address, now)
    // What completed it may have come later.
    if (steps === null) return { ...now, complete: false }
    const before = steps.filter(({ transaction }) => transaction.lt <= lt)
    // Whoever deploys it and sends the item in one go does not wait for either: the item can be there first.
    const step = before.some(({ after }) => after !== null) ? before.at(-1) : steps.find(({ after }) => after !== null)
    return step?.after ?? null
  }

  /** The sale contract from which an item went at a logical time; null when it is none. */
  async leaving(address: string, item: string, lt: bigint): Promise<Leaving | null> {
    const now = await this.#stateNow(address)
    if (now === null) return null
    const steps = await this.#trusted(address, now)
    for (const { transaction, before } of steps?.toReversed() ?? []) {
      if (transaction.lt >= lt || before === null) continue
      const { in: release, out } = messagesOf(transaction)
      if (release === null || !givesAway(out, item)) continue
      // Its last bid stays what it was when the auction ended.
      return { sale: before.kind === 'auction' ? { ...before, lastBid: now.lastBid } : before, release }
    }
    return { sale: now }
  }

  #stateNow(address: string): Promise<SaleState | null> {
    const known = this.#now.get(address) ?? this.#askNow(address)
    this.#now.set(address, known)
    return known
  }

  /**
   * What a contract is, or was before it was destroyed: the basic sale destroys itself as it gives the item away, and may have got coins
   * since, so that there is an account again.
   */
  async #askNow(address: string): Promise<SaleState | null> {
    const account = this.#accounts.get(address)
    if (account?.status === 'active') return saleIn(account)
    const states = (await this.#past(address)).flatMap(({ before, after }) => [before, after])
    return states.findLast((state) => state !== null) ?? null
  }

  #past(address: string): Promise<readonly SaleStep[]> {
    const known = this.#steps.get(address) ?? this.#api.history(address, { afterLt: 0n }, PAGE).then(replay)
    this.#steps.set(address, known)
    return known
  }

  /** What a contract went through; null when that does not lead to what it is now. */
  async #trusted(address: string, now: SaleState): Promise<readonly SaleStep[] | null> {
    const steps = await this.#past(address)
    const account = this.#accounts.get(address)
    if (account?.status !== 'active') return steps
    const end = steps.findLast(({ transaction }) => transaction.lt <= account.last_transaction_lt)?.after ?? null
    return end !== null && isDeepStrictEqual(withoutBids(end), withoutBids(now)) ? steps : null
  }
}

function withoutBids({ lastBid, endsAt, ...rest }: SaleState): object {
  return rest.kind === 'auction' ? rest : { ...rest, lastBid, endsAt }
}

function saleIn({ status, code, data }: TonAccount): SaleState | null {
  if (status !== 'active' || code === undefined || data === undefined) return null
  try {
    const [codeCell, dataCell] = [Cell.fromBoc(Buffer.from(code, 'hex'))[0], Cell.fromBoc(Buffer.from(data, 'hex'))[0]]
    return codeCell && dataCell ? readSaleState(codeCell.hash().toString('hex'), dataCell) : null
  } catch {
    return null
  }
}
