import { addressFromHex } from '../core/address.js'
import { boolean, columns, text, uuid } from '../core/columns.js'
import type { Db, Tx } from '../core/db.js'
import type { Standard, StandardQuestion } from '../core/events.js'
import type { Network } from '../core/networks.js'
import { lockProjection } from './locks.js'

/*
 * Events decide the standard of a collection; its contract is asked whether it says the same (`standard_confidence`), and for its name. A new collection is
 * asked once it is final, every one again after a month. The standard of a proxy can change when it is upgraded (ERC-1967 `Upgraded`), but
 * that event is not read: its topic would bring the upgrades of all contracts of a chain, few of which are NFTs.
 */

/** Collections of one look: three calls each on EVM, of a rate that live reading shares. */
const AT_ONCE = 10
/** Half of it to one and a half of it, so that those who were asked together are not asked together for ever. */
const AGAIN = "interval '30 days'"
const AFTER_FAILURE = "interval '1 hour'"
/** How old the block of a question is at most: a node without an archive keeps the state of 128 blocks (go-ethereum). */
const RECENT = 64

/** Asks the contracts, at one block. See `ChainAdapter`. */
export interface Asking {
  confirms(questions: readonly StandardQuestion[], block: number): Promise<readonly boolean[]>
  names(collections: readonly string[], block: number): Promise<readonly (string | null)[]>
}

/** What a contract says of itself. */
interface Answer {
  readonly confirmed: boolean
  readonly name: string | null
}

interface Due {
  collection_id: string
  address: string
  standard: Standard
  block: number
}

/** A block at which the contracts exist: theirs is final. */
const DUE = `
SELECT c.*, greatest(s.finalized_number, s.head_number - ${RECENT}) AS block
FROM projection.network_status s CROSS JOIN LATERAL (
  SELECT c.collection_id, c.address, c.standard FROM catalog.collections c
  WHERE c.network_id = s.network_id AND c.ask_after <= now() AND c.first_block <= s.finalized_number
  ORDER BY c.ask_after LIMIT ${AT_ONCE}) c
WHERE s.network_id = $1`

/**
 * Asks the contracts of the collections that have waited longest whether they follow the standard of their events, and stores what they
 * say, and how they call themselves. Where the chain cannot be asked, these collections stay as they are and are asked again later.
 * @returns how many were asked
 * @throws FtError as ChainAdapter lists them
 */
export async function askContracts(db: Db, network: Network, asking: Asking): Promise<number> {
  const due = await db.query<Due>(DUE, [network.id])
  const [first] = due
  if (first === undefined) return 0
  const answers = await answersOf(db, due, ask(asking, due, first.block))
  await db.transaction((tx) => store(tx, network, due, answers))
  return due.length
}

async function ask(asking: Asking, due: readonly Due[], block: number): Promise<Answer[]> {
  const questions = due.map(({ address, standard }) => ({ contract: addressFromHex(address), standard }))
  const [confirmed, names] = await Promise.all([
    asking.confirms(questions, block),
    asking.names(
      questions.map(({ contract }) => contract),
      block,
    ),
  ])
  return due.map((_, index) => ({ confirmed: confirmed[index] === true, name: names[index] ?? null }))
}

/** The answers. Where there are none, one of those asked may be why: they are put off, and will be among others then. */
async function answersOf(db: Db, due: readonly Due[], answers: Promise<readonly Answer[]>): Promise<readonly Answer[]> {
  try {
    return await answers
  } catch (error) {
    await db.query(
      `UPDATE catalog.collections SET ask_after = now() + ${AFTER_FAILURE} * (0.5 + random()) WHERE collection_id = ANY ($1::uuid[])`,
      [due.map((one) => one.collection_id)],
    )
    throw error
  }
}

/**
 * In the order in which everybody locks: rows of collections by their ids, then the projection. A collection whose standard has become
 * another one since is left out: it was not asked about that one.
 */
async function store(tx: Tx, network: Network, due: readonly Due[], answers: readonly Answer[]): Promise<void> {
  const changed = await tx.query<{ collection_id: string }>(
    `WITH answer AS (
       SELECT i.collection_id, i.standard, CASE WHEN i.confirmed THEN 'confirmed' ELSE 'contradicted' END AS said, i.name
       FROM unnest($1::uuid[], $2::ref.token_standard[], $3::boolean[], $4::text[]) AS i (collection_id, standard, confirmed, name)),
     known AS MATERIALIZED (
       SELECT c.collection_id, (c.standard_confidence, c.name) IS DISTINCT FROM (a.said, a.name) AS is_news, a.said, a.name
       FROM catalog.collections c JOIN answer a USING (collection_id, standard) ORDER BY c.collection_id FOR UPDATE OF c),
     written AS (
       UPDATE catalog.collections c SET standard_confidence = k.said, name = k.name, is_stub = k.name IS NULL, ask_after = now() + ${AGAIN} * (0.5 + random())
       FROM known k WHERE c.collection_id = k.collection_id)
     SELECT collection_id FROM known WHERE is_news`,
    columns(
      due.flatMap((one, index) => (answers[index] === undefined ? [] : [{ ...one, ...answers[index] }])),
      uuid((one) => one.collection_id),
      text((one) => one.standard),
      boolean((one) => one.confirmed),
      text((one) => one.name),
    ),
  )
  if (changed.length === 0) return
  await lockProjection(tx, network)
  tx.send(
    `UPDATE projection.collection_stats s SET standard_confidence = c.standard_confidence, name = c.name, is_stub = c.is_stub
     FROM catalog.collections c WHERE c.collection_id = s.collection_id AND s.collection_id = ANY ($1::uuid[])`,
    [changed.map((one) => one.collection_id)],
  )
}
