import { afterAll, beforeAll, expect, test } from 'vitest'
import { collectionId } from '../../src/core/ids.js'
import type { Network } from '../../src/core/networks.js'
import { readModels, SHADOW } from '../../src/pipeline/rebuild/readModels.js'
import { type RebuildOptions, rebuildProjections } from '../../src/pipeline/rebuild/rebuild.js'
import { startApi } from '../api/apiFixture.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import {
  buyer,
  cancels,
  chainOf,
  gives,
  item,
  lists,
  moves,
  nft,
  seller,
  sells,
  units,
} from '../support/world/marketChain.js'
import { deliverAnyhow, fuse, publishBlock, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { allRows } from '../support/world/snapshot.js'

let database: TestDatabase
let network: Network

const orderNo = (n: number) => `0x${String(n).padStart(64, '0')}`
const token = (tokenId: string) => ({ ...item, tokenId })
const sold = (n: number, tokenId: string, price: string) =>
  sells({ order: orderNo(n), fills: [{ order: orderNo(n), quantity: '1' }], items: [token(tokenId)], price })

/** Singles and multiples, sold, listed, in a bundle, burned, and listed by somebody who has them no more. */
const chain = chainOf(
  ['1', '2', '3', '4'].map((id) => moves(null, seller, id)),
  [sold(90, '3', '1000'), sold(91, '4', '500')],
  [
    lists({ order: orderNo(1), items: [token('1')], price: '300' }),
    lists({ order: orderNo(2), items: [token('2')], price: '9' }),
  ],
  [lists({ order: orderNo(8), items: [token('1'), token('3')], bundleSize: 2, price: '10' })],
  [
    gives(null, seller, '4'),
    gives(seller, buyer, '1'),
    lists({ order: orderNo(9), items: [units('3')], price: '41', partial: true }),
  ],
  [moves(seller, buyer, '2'), moves(seller, null, '4')],
  [lists({ items: [token('1')], price: '7' }), lists({ order: orderNo(10), items: [token('3')], price: '8' })],
  [cancels],
)

beforeAll(async () => {
  database = await createTestDatabase()
  network = await worldNetwork(database.db, true)
  await fuse(database.db, network, chain)
})
afterAll(() => database.drop())

const rebuild = (options: Partial<RebuildOptions> = {}) =>
  rebuildProjections({ db: database.db, networks: [network], swap: true, settleMs: 0, ...options })

async function shown() {
  return (await allRows(database.db)).filter(({ table }) => table.startsWith('projection.'))
}

/** For each read model: a row that says something else, one that is gone, and one that nothing stands behind. */
const falsified: Record<string, readonly [different: string, missing: string, extra: string]> = {
  ownership_view: [
    'UPDATE projection.ownership_view SET quantity = 77',
    'DELETE FROM projection.ownership_view',
    `INSERT INTO projection.ownership_view VALUES (gen_random_uuid(), '\\x0011', 1)`,
  ],
  asset_cards: [
    `UPDATE projection.asset_cards SET owner = '\\x0011', last_block = last_block + 1`,
    'DELETE FROM projection.asset_cards',
    `INSERT INTO projection.asset_cards SELECT (jsonb_populate_record(c, jsonb_build_object('asset_id', gen_random_uuid()))).*
     FROM projection.asset_cards c LIMIT 1`,
  ],
  last_sales: [
    'UPDATE projection.last_sales SET price = 1',
    'DELETE FROM projection.last_sales',
    `INSERT INTO projection.last_sales SELECT (jsonb_populate_record(s, jsonb_build_object('asset_id', gen_random_uuid()))).*
     FROM projection.last_sales s LIMIT 1`,
  ],
  collection_owners: [
    'UPDATE projection.collection_owners SET assets = assets + 1',
    'DELETE FROM projection.collection_owners',
    `INSERT INTO projection.collection_owners SELECT collection_id, '\\x0011', 1, 1 FROM projection.collection_stats LIMIT 1`,
  ],
  collection_stats: [
    'UPDATE projection.collection_stats SET items = items + 1, supply = 5',
    'DELETE FROM projection.collection_stats',
    `INSERT INTO projection.collection_stats
     SELECT (jsonb_populate_record(c, jsonb_build_object('collection_id', gen_random_uuid()))).* FROM projection.collection_stats c LIMIT 1`,
  ],
  sale_hours: [
    'UPDATE projection.sale_hours SET volume = volume + 1',
    'DELETE FROM projection.sale_hours',
    `INSERT INTO projection.sale_hours SELECT collection_id, currency, hour - interval '1 day', 1, 1 FROM projection.sale_hours LIMIT 1`,
  ],
  sale_totals: [
    'UPDATE projection.sale_totals SET sales = sales + 1',
    'DELETE FROM projection.sale_totals',
    `INSERT INTO projection.sale_totals SELECT collection_id, '\\x0011', 18, 1, 1 FROM projection.sale_totals LIMIT 1`,
  ],
  listing_cards: [
    'UPDATE projection.listing_cards SET unit_price = 1',
    'DELETE FROM projection.listing_cards',
    `INSERT INTO projection.listing_cards SELECT (jsonb_populate_record(c, jsonb_build_object('listing_id', gen_random_uuid()))).*
     FROM projection.listing_cards c LIMIT 1`,
  ],
  cancellations: [
    'UPDATE projection.cancellations SET price = 1',
    'DELETE FROM projection.cancellations',
    `INSERT INTO projection.cancellations SELECT (jsonb_populate_record(c, jsonb_build_object('listing_id', gen_random_uuid()))).*
     FROM projection.cancellations c LIMIT 1`,
  ],
  market_activity: [
    'UPDATE projection.market_activity SET price = 1',
    'DELETE FROM projection.market_activity',
    `INSERT INTO projection.market_activity SELECT (jsonb_populate_record(a, jsonb_build_object('event_id', gen_random_uuid()))).*
     FROM projection.market_activity a LIMIT 1`,
  ],
}

test('read models that are right are equal to what is built anew, and stay untouched', async () => {
  const before = await shown()
  const filled = before.filter(({ table }) => table !== 'projection.listing_sources')
  for (const { table, rows } of filled) expect(rows.length, table).toBeGreaterThan(0)
  expect(await rebuild()).toEqual([])
  expect(await shown()).toEqual(before)
})

test('every table of the read models is built, or has a reason not to be', async () => {
  const tables = (await shown()).map(({ table }) => table.replace('projection.', ''))
  // where a network stands, and what a listing source was last heard of, is no function of ledger and state
  expect([...readModels.map(({ table }) => table), 'network_status', 'listing_sources'].sort()).toEqual(tables.sort())
  expect(Object.keys(falsified).sort()).toEqual(readModels.map(({ table }) => table).sort())
})

for (const [table, statements] of Object.entries(falsified)) {
  for (const [n, kind] of (['different', 'missing', 'extra'] as const).entries()) {
    test(`${table}: a row that is ${kind} is found by a look, and put right by a swap`, async () => {
      const before = await shown()
      await database.db.query(statements[n] ?? '')
      const wrong = await shown()
      expect(wrong).not.toEqual(before)
      const looked = await rebuild({ swap: false })
      const found = looked.find((one) => one.table === table)
      expect(found?.count[kind], JSON.stringify(looked)).toBeGreaterThan(0)
      expect(found?.examples.some((example) => example.kind === kind)).toBe(true)
      expect(looked).toHaveLength(1)
      expect(await shown(), 'a look changes nothing').toEqual(wrong)
      expect(await rebuild()).toEqual(looked)
      expect(await shown()).toEqual(before)
      expect(await rebuild()).toEqual([])
    })
  }
}

test('assets and the counts of their collection, wrong together, are put right together', async () => {
  const before = await shown()
  await database.db.query('DELETE FROM projection.ownership_view')
  await database.db.query('UPDATE projection.asset_cards SET supply = 0, owners = 0')
  await database.db.query('DELETE FROM projection.collection_owners')
  await database.db.query('UPDATE projection.collection_stats SET items = 0, owners = 0, supply = 0')
  const tables = (await rebuild({ settleMs: 1 })).map(({ table }) => table)
  expect(tables).toEqual(['ownership_view', 'asset_cards', 'collection_owners', 'collection_stats'])
  expect(await shown()).toEqual(before)
  expect(await rebuild()).toEqual([])
})

test('after a swap the shadow is gone, the API may read what it might, and followers are told to read again', async () => {
  const followed = 'SELECT kind FROM projection.changes ORDER BY seq DESC LIMIT 1'
  await database.db.query('UPDATE projection.asset_cards SET supply = 3')
  expect(await rebuild()).not.toEqual([])
  expect(await database.db.query('SELECT FROM pg_namespace WHERE nspname = $1', [SHADOW])).toEqual([])
  expect(await database.db.query(followed)).toEqual([{ kind: 'reset' }])
  const granted = await database.db.query<{ ok: boolean }>(
    `SELECT has_table_privilege('ft_api', 'projection.asset_cards', 'SELECT') AS ok`,
  )
  expect(granted).toEqual([{ ok: true }])
})

test('the API answers all the while, with the rows before or those after, never with parts of both', async () => {
  const api = startApi(database.url)
  const get = async () => {
    const { status, body } = await api.get(`/api/v1/collections/${collectionId('polygon', nft)}`)
    expect(status, JSON.stringify(body)).toBe(200)
    const { items, owners } = body['data'] as { items: number; owners: number }
    return `${items} ${owners}`
  }
  try {
    const right = await get()
    await database.db.query('UPDATE projection.collection_stats SET items = 70, owners = 71')
    const seen: string[] = []
    let done = false
    const reading = (async () => {
      while (!done) seen.push(await get())
    })()
    await rebuild()
    done = true
    await reading
    expect(new Set([...seen, await get()])).toEqual(new Set(['70 71', right]))
  } finally {
    await api.close()
  }
})

test('what is on its way to the read models is no difference once it has arrived, and is swapped harmlessly before', async () => {
  const fresh = await createTestDatabase()
  try {
    const own = await worldNetwork(fresh.db, true)
    const random = createRandom(5)
    for (const block of chain) await publishBlock(fresh.db, own, block, random)
    const options = { db: fresh.db, networks: [own], swap: true }
    const delivered = deliverAnyhow(fresh.db, own, random)
    expect(await rebuildProjections({ ...options, swap: false, settleMs: 60_000 })).toEqual([])
    await delivered
    expect(await rebuildProjections({ ...options, settleMs: 0 })).toEqual([])
  } finally {
    await fresh.drop()
  }
})

test('progress counts every row once when it is built and once when it is compared, and ends with all of them', async () => {
  const heard: { done: number; of: number; table: string }[] = []
  expect(await rebuild({ onCompared: (progress) => heard.push(progress) })).toEqual([])
  const compared = readModels.map(({ table }) => table)
  expect(heard.map(({ table }) => table)).toEqual(['asset', ...compared, ...compared])
  const counts = await Promise.all(
    ['asset_cards', ...compared, ...compared].map(
      async (table) =>
        (await database.db.query<{ n: number }>(`SELECT count(*)::int AS n FROM projection.${table}`))[0]?.n ?? 0,
    ),
  )
  const sums = counts.map((_, index) => counts.slice(0, index + 1).reduce((sum, n) => sum + n, 0))
  expect(heard.map(({ done }) => done)).toEqual(sums)
  const all = sums.at(-1)
  expect(heard.slice(compared.length).map(({ of }) => of)).toEqual([all, ...compared.map(() => all)])
})

test('a comparison that is stopped ends the statement under way at once, and leaves nothing behind', async () => {
  const busy = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%ft.rebuild%' AND wait_event = 'advisory'`
  await database.db.transaction(async (tx) => {
    // What a statement that takes long is: the rebuild waits for another one.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('ft.rebuild'))`)
    const stop = new AbortController()
    const stopped = rebuild({ signal: stop.signal })
    await expect.poll(() => database.db.query(busy), { timeout: 10_000, interval: 10 }).toHaveLength(1)
    stop.abort(new Error('stop'))
    await expect(stopped).rejects.toThrow('stop')
    expect(await database.db.query(busy)).toEqual([])
  })
  expect(await database.db.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [SHADOW])).toEqual([])
  expect(await rebuild()).toEqual([])
})

test('a swap that is stopped leaves what is not swapped to the next run', async () => {
  const before = await shown()
  await database.db.query('UPDATE projection.collection_stats SET items = 70')
  const wrong = await shown()
  const stop = new AbortController()
  const heard: (readonly [number, number])[] = []
  const onSwapped = (done: number, of: number): void => {
    heard.push([done, of])
    stop.abort(new Error('stop'))
  }
  await expect(rebuild({ signal: stop.signal, onSwapped })).rejects.toThrow('stop')
  expect(await shown()).toEqual(wrong)
  const differed = (await rebuild({ onSwapped: (done, of) => heard.push([done, of]) })).flatMap(({ units: ids }) => ids)
  expect(heard).toEqual([
    [0, differed.length],
    [0, differed.length],
    [differed.length, differed.length],
  ])
  expect((await shown()).filter(({ table }) => table !== 'projection.changes')).toEqual(
    before.filter(({ table }) => table !== 'projection.changes'),
  )
})
