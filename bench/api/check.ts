import { z } from 'zod'
import { addressToBytea } from '../../src/core/address.js'
import type { Db } from '../../src/core/db.js'
import { NETWORK, type World } from './world.js'

const SAMPLES = 50

const page = z.object({ data: z.array(z.record(z.string(), z.unknown())) })
const card = z.object({
  data: z.object({ asset_id: z.string(), token_id: z.string(), owner: z.string().nullable(), supply: z.string() }),
})

type Ask = (path: string) => Promise<unknown>

/** Answers must say what the tables hold, or the time they took says nothing. @throws Error naming the answer that is wrong */
export async function checkAnswers(db: Db, world: World, ask: Ask): Promise<void> {
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const n = Math.floor((sample * world.assets) / SAMPLES)
    await checkCard(db, world, n, ask)
    await checkLists(db, world, n, ask)
  }
}

async function checkCard(db: Db, world: World, n: number, ask: Ask): Promise<void> {
  const { id, collection, tokenId } = world.asset(n)
  const path = `/api/v1/assets/${id}`
  const { data } = card.parse(await ask(path))
  const [row] = await db.query<{ owner: string | null; supply: bigint }>(
    'SELECT owner, supply FROM projection.asset_cards WHERE asset_id = $1',
    [id],
  )
  same(path, data, { asset_id: id, token_id: String(tokenId), owner: row?.owner, supply: String(row?.supply) })
  const byToken = `/api/v1/networks/${NETWORK}/contracts/${world.contract(collection)}/tokens/${tokenId}`
  same(byToken, card.parse(await ask(byToken)).data, data)
}

async function checkLists(db: Db, world: World, n: number, ask: Ask): Promise<void> {
  const { id, collection } = world.asset(n)
  const ofCollection = `/api/v1/collections/${world.collectionId(collection)}`
  const account = world.account(n % world.accounts)
  const lists: readonly (readonly [path: string, field: string, statement: string, value: string])[] = [
    [
      `/api/v1/assets/${id}/owners`,
      'account_address',
      'SELECT account_address AS key FROM projection.ownership_view WHERE asset_id = $1 ORDER BY 1 LIMIT 50',
      id,
    ],
    [
      `${ofCollection}/assets`,
      'asset_id',
      'SELECT asset_id AS key FROM projection.asset_cards WHERE collection_id = $1 ORDER BY token_id, asset_id LIMIT 50',
      world.collectionId(collection),
    ],
    [
      `${ofCollection}/listings`,
      'price',
      'SELECT price::text AS key FROM projection.listing_cards WHERE collection_id = $1 ORDER BY price LIMIT 50',
      world.collectionId(collection),
    ],
    [
      `/api/v1/networks/${NETWORK}/accounts/${account}/assets`,
      'asset_id',
      'SELECT asset_id AS key FROM projection.ownership_view WHERE account_address = $1 ORDER BY 1 LIMIT 50',
      addressToBytea(account),
    ],
    [
      `/api/v1/assets/${id}/activity`,
      'block_number',
      `SELECT block_number AS key FROM (
         SELECT block_number FROM ledger.normalized_events WHERE asset_id = $1
         UNION ALL SELECT block_number FROM projection.market_activity WHERE asset_id = $1) happened ORDER BY 1 DESC LIMIT 50`,
      id,
    ],
  ]
  for (const [path, field, statement, value] of lists) {
    const { data } = page.parse(await ask(path))
    const rows = await db.query<{ key: unknown }>(statement, [value])
    same(
      path,
      data.map((item) => item[field]),
      rows.map(({ key }) => key),
    )
  }
}

function same(path: string, answer: object, rows: object): void {
  const [said, held] = [answer, rows].map((value) => JSON.stringify(value))
  if (said !== held) throw new Error(`${path} is wrong: it says ${said}, the tables hold ${held}`)
}
