import { EVM_ZERO } from '../core/address.js'
import type { Db, Tx } from '../core/db.js'
import { FtError } from '../core/errors.js'
import type { Fact, HoldingQuestion, RawEvent } from '../core/events.js'
import { claim, claimBlocks } from '../core/idempotency.js'
import { openingBalanceId } from '../core/ids.js'
import type { Network } from '../core/networks.js'
import { CONSUMERS, OPENING_BALANCES } from './consumers.js'
import { toEntries } from './entries.js'
import { applyEntries } from './fused.js'
import { type LedgerEvent, revertEvents } from './ledger.js'
import { lockLedger } from './locks.js'
import { appendNew } from './normalize.js'
import { projectProgress } from './project/status.js'
import type { Ask } from './reconcile.js'
import { nextStretch, type Pair, type Stretch } from './unopened.js'

/*
 * Opening balances. Where history starts in the middle, the sum of an account's movements lacks what it held before; the contract knows. For each
 * asset and account that a final block moves, where an asset can have several owners, what the account held below the first indexed block is
 * written to the ledger at that height, once. Blocks are looked through in order, as far as they are final and whole in the read models; what was
 * looked through is kept in `ledger.applied_ranges`. (docs/adr/0024)
 */

/** Most holdings that are asked about, and written, at once: the feed of changes tells each of so many. */
const ASKED_AT_ONCE = 200
/** Openings that are taken back in one transaction. */
const CLOSED_AT_ONCE = 1_000

/** What a look came to. */
export interface Look {
  /** Opening balances that were written. */
  readonly opened: number
  /** Why the endpoints do not answer, once, until they do again; else null. */
  readonly failure: FtError | null
  /** Contracts whose calls turned out to fail though others are answered: what accounts hold of them stays as it is. */
  readonly failing: readonly string[]
}

export interface OpeningsOptions {
  /** How long endpoints that do not answer are left in peace; milliseconds, default 5 minutes. */
  readonly restMs?: number
  /** Monotonic clock in milliseconds; default that of the process. */
  readonly now?: () => number
}

type Answers = ReadonlyMap<string, string | null>

/** Opens the balances of one network. Any number of processes may do so at once: each pair is opened once. */
export class Openings {
  readonly #db: Db
  readonly #network: Network
  readonly #ask: Ask
  readonly #restMs: number
  readonly #now: () => number
  readonly #failing = new Set<string>()
  #restsUntil = Number.NEGATIVE_INFINITY
  #isSilent = false

  /** `db` has the role ft_pipeline. */
  constructor(db: Db, network: Network, ask: Ask, { restMs, now }: OpeningsOptions = {}) {
    this.#db = db
    this.#network = network
    this.#ask = ask
    this.#restMs = restMs ?? 300_000
    this.#now = now ?? (() => performance.now())
  }

  /** Looks through blocks until none are left, the endpoints do not answer, or `signal` is aborted. */
  async look(signal: AbortSignal): Promise<Look> {
    const before = new Set(this.#failing)
    let opened = 0
    let failure: FtError | null = null
    while (!signal.aborted && this.#now() >= this.#restsUntil) {
      const stretch = await nextStretch(this.#db, this.#network)
      if (stretch === null) break
      const answers = await this.#answersTo(stretch)
      if (answers instanceof FtError) {
        failure = this.#isSilent ? null : answers
        this.#isSilent = true
        this.#restsUntil = this.#now() + this.#restMs
        break
      }
      if (answers.size > 0) this.#isSilent = false
      opened += await this.#write(stretch.block, answers)
    }
    return { opened, failure, failing: [...this.#failing].filter((contract) => !before.has(contract)) }
  }

  /** A contract that the endpoints fail at must not hold up all others; whether it is the contract, the question about nobody's says. */
  async #answersTo({ block, pairs }: Stretch): Promise<Answers | FtError> {
    const asked = pairs.filter(({ contract }) => !this.#failing.has(contract)).slice(0, ASKED_AT_ONCE)
    const [first] = asked
    if (first === undefined) return new Map()
    const all = await this.#tryAsk(asked, block)
    if (!(all instanceof FtError)) return all
    const nobodys = await this.#tryAsk([{ ...first, contract: EVM_ZERO }], block)
    if (nobodys instanceof FtError) return nobodys
    const answers = new Map<string, string | null>()
    for (const contract of new Set(asked.map((pair) => pair.contract))) {
      const some = await this.#tryAsk(
        asked.filter((pair) => pair.contract === contract),
        block,
      )
      if (some instanceof FtError) this.#failing.add(contract)
      else for (const [id, answer] of some) answers.set(id, answer)
    }
    return answers
  }

  async #tryAsk(pairs: readonly Pair[], block: number): Promise<Answers | FtError> {
    try {
      const questions = pairs.map(({ contract, tokenId, account }): HoldingQuestion => ({ contract, tokenId, account }))
      const answers = await this.#ask(questions, block)
      return new Map(pairs.map(({ id }, index) => [id, answers[index] ?? null]))
    } catch (error) {
      if (error instanceof FtError) return error
      throw error
    }
  }

  /** Writes what is still to be written of the answers, through all stages: nothing may come to final blocks by the bus (docs/adr/0004). */
  async #write(block: number, answers: Answers): Promise<number> {
    const network = this.#network
    if (answers.size > 0) {
      // Before the ledger's lock, as whoever fills history asks for the two in this order.
      await this.#db.transaction((tx) => tx.query('SELECT system.ensure_partitions($1, $2, $2)', [network.id, block]))
    }
    return await this.#db.transaction(async (tx) => {
      await lockLedger(tx, network)
      const stretch = await nextStretch(tx, network)
      if (stretch === null || stretch.block !== block) return 0
      const answered = stretch.pairs.filter(({ id }) => answers.has(id))
      const isWhole = stretch.pairs.every(({ id, contract }) => answers.has(id) || this.#failing.has(contract))
      if (isWhole) await claimBlocks(tx, network, OPENING_BALANCES, stretch.span)
      if (answered.length === 0) return 0
      const facts = answered.map((pair) => toFact(pair, answers.get(pair.id) ?? null))
      const entries = await appendNew(tx, network, toEntries(network, facts.map(rawOf(block)), facts))
      await claim(tx, network, CONSUMERS.ownership, entries)
      await applyEntries(tx, network, entries, [])
      await projectProgress(tx, network, { completes: [], retracts: [] })
      return entries.length
    })
  }
}

/** A contract that refuses, or was not there yet, held nothing for anybody. */
function toFact({ id, standard, contract, tokenId, account }: Pair, answer: string | null): Fact {
  return {
    ...{ sourceEventId: id, subIndex: 0, kind: 'opening_balance', standard, contract, tokenId },
    ...{ from: null, to: account, quantity: BigInt(answer ?? 0), details: null },
  }
}

/** The place of an opening balance. It has no event of the chain; of its block nothing else is in the ledger. */
function rawOf(block: number): (fact: Fact) => RawEvent {
  return ({ sourceEventId, contract }) => ({
    ...{ sourceEventId, blockNumber: block, fork: 0, position: 0, txHash: '', contract: contract ?? '', payload: {} },
  })
}

/** The ids of the opening balances of what these entries move, whether or not there are any. */
export function openingsOf(entries: readonly LedgerEvent[]): string[] {
  const ids = entries.flatMap(({ assetId, deltas }) =>
    assetId === null ? [] : deltas.map(({ account }) => openingBalanceId(assetId, account)),
  )
  return [...new Set(ids)]
}

/**
 * Takes opening balances back and has all blocks looked through again: other movements may still want them. The caller applies the entries.
 * @returns the reversing entries
 */
export async function revertOpenings(tx: Tx, network: Network, ids: readonly string[]): Promise<LedgerEvent[]> {
  const keys = ids.map((sourceEventId) => ({ sourceEventId, subIndex: 0 }))
  const reversing = await revertEvents(tx, network, keys)
  if (reversing.length === 0) return []
  await claim(tx, network, CONSUMERS.ownership, reversing)
  await lookAgain(tx, network, '{(,)}')
  return reversing
}

/**
 * To be called when entries come to final blocks that may have been looked through: these are looked through again, and opening balances of
 * what is no longer moved there are taken back, for which nothing else may have asked.
 * @returns the reversing entries, for the caller to apply
 */
export async function reopen(tx: Tx, network: Network, entries: readonly LedgerEvent[]): Promise<LedgerEvent[]> {
  if (entries.length === 0) return []
  const blocks = [...new Set(entries.map(({ blockNumber }) => `[${blockNumber},${blockNumber}]`))]
  if (!(await lookAgain(tx, network, `{${blocks.join(',')}}`))) return []
  return await revertOpenings(tx, network, openingsOf(entries.filter(({ reverts }) => reverts)))
}

/** Whether anything has been looked through. */
async function lookAgain(tx: Tx, network: Network, blocks: string): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE ledger.applied_ranges SET blocks = blocks - $3::int8multirange WHERE network_id = $1 AND consumer_id = $2
     RETURNING consumer_id`,
    [network.id, OPENING_BALANCES, blocks],
  )
  return rows.length > 0
}

/**
 * Takes all opening balances of a network back, because its history will begin earlier: what they stand for is read itself. Nothing is opened
 * while the caller holds the lock of whoever fills history.
 * @returns how many there were
 */
export async function closeOpenings(db: Db, network: Network, atOnce = CLOSED_AT_ONCE): Promise<number> {
  let total = 0
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const rows = await db.transaction(async (tx) => {
      await lockLedger(tx, network)
      const rows = await tx.query<{ id: string; opening: string }>(
        `SELECT e.normalized_event_id AS id, e.source_event_id AS opening FROM ledger.normalized_events e
         WHERE e.network_id = $1 AND e.block_number = (SELECT start_block - 1 FROM ref.networks WHERE network_id = $1)
           AND e.normalized_event_id > $2 AND e.event_kind = 'opening_balance' AND NOT e.reverts
         ORDER BY e.normalized_event_id LIMIT $3`,
        [network.id, after, atOnce],
      )
      const reversing = await revertOpenings(tx, network, [...new Set(rows.map(({ opening }) => opening))])
      if (reversing.length === 0) return rows
      total += reversing.length
      await applyEntries(tx, network, reversing)
      await projectProgress(tx, network, { completes: [], retracts: [] })
      return rows
    })
    after = rows.at(-1)?.id ?? after
    if (rows.length < atOnce) return total
  }
}
