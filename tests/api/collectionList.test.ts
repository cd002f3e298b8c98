import { expect, test } from 'vitest'
import { type Body, pages, useApi } from './apiFixture.js'
import { plansOf } from './plans.js'
import { art, artId, games, gamesId, jewels, jewelsId } from './seed.js'

const api = useApi()
const ids = async (query: string): Promise<string[]> => {
  const { status, body } = await api.get(`/api/v1/collections${query}`)
  expect(status).toBe(200)
  return body.data.map((card: Body) => card.collection_id)
}

test('200: the collections of all networks, most items first or most owners first', async () => {
  expect(await ids('')).toEqual([artId, jewelsId, gamesId])
  expect(await ids('?sort=-owners')).toEqual([gamesId, artId, jewelsId])
  expect(await ids('?network=ton')).toEqual([jewelsId])
})

test('200: the answer names every network with its block, and is as final as the least final one', async () => {
  const { body } = await api.get('/api/v1/collections')
  expect(body.blocks.map((block: Body) => block.network).sort()).toEqual(['polygon', 'ton'])
  expect(body).toMatchObject({ finality_status: 'pending', history_complete: false, next_cursor: null })
})

test('200: pages follow each other without a gap, in either order, over networks', async () => {
  for (const sort of ['-items', '-owners']) {
    const seen = await pages(api, `/api/v1/collections?limit=1&sort=${sort}`)
    expect(seen.flat().map((card) => card.collection_id)).toEqual(await ids(`?sort=${sort}`))
  }
})

test('200: a search finds by the beginning of an address in any case, and by whole addresses of TON', async () => {
  expect(await ids(`?search=${art.slice(0, 9)}`)).toEqual([artId])
  expect(await ids(`?search=${games.toUpperCase().replace('0X', '0x')}`)).toEqual([gamesId])
  expect(await ids(`?search=${encodeURIComponent(jewels.slice(0, 12))}`)).toEqual([jewelsId])
  expect(await ids('?search=0xdead')).toEqual([])
})

test('200: the beginning of an address finds only addresses of its family', async () => {
  const zeros = '00000000-0000-5000-8000-0000000000aa'
  await api.owner.query(
    `INSERT INTO projection.collection_stats (collection_id, last_block, last_event_at, items, owners, standard, network_id, is_stub,
       history_complete, supply, address)
     VALUES ($1, 990, now(), 1, 1, 'erc721', 1, false, true, 1, decode(repeat('00', 19) || '01', 'hex'))`,
    [zeros],
  )
  try {
    expect(await ids('?search=0x00')).toEqual([zeros])
    expect(await ids('?search=0x')).not.toContain(jewelsId)
    expect(await ids(`?search=${encodeURIComponent('0:')}`)).toEqual([jewelsId])
  } finally {
    await api.owner.query('DELETE FROM projection.collection_stats WHERE collection_id = $1', [zeros])
  }
})

test('200: a search finds names by the beginnings of their words, in any case, and no syntax of the database', async () => {
  expect(await ids('?search=ar')).toEqual([artId])
  expect(await ids('?search=ART')).toEqual([artId])
  expect(await ids('?search=rt')).toEqual([])
  expect(await ids(`?search=${encodeURIComponent("a'r:*|!(t")}`)).toEqual([])
})

test('200: by volume of a window, in the native currency, only those with sales; the volume is told', async () => {
  const native = `\\x${'00'.repeat(20)}`
  const sold = async (collection: string, currency: string, hours: number, volume: string): Promise<void> => {
    await api.owner.query(
      `WITH hour AS (
         INSERT INTO projection.sale_hours SELECT $1, $2, date_trunc('hour', now() - $3::int * interval '1 hour', 'UTC'), 1, $4::numeric)
       INSERT INTO projection.sale_totals (collection_id, currency, sales, volume) VALUES ($1, $2, 1, $4)
       ON CONFLICT (collection_id, currency) DO UPDATE SET volume = sale_totals.volume + excluded.volume`,
      [collection, currency, hours, volume],
    )
  }
  const huge = '9'.repeat(30)
  await sold(artId, native, 1, '10')
  await sold(artId, native, 100, huge)
  await sold(gamesId, native, 2, '20')
  await sold(gamesId, `\\x${'11'.repeat(20)}`, 2, huge)
  await sold(jewelsId, `\\x00${'00'.repeat(32)}`, 3, '15')
  const volumes = async (query: string): Promise<unknown[]> => {
    const found = await pages(api, `/api/v1/collections?sort=-volume&limit=1${query}`)
    return found.flat().map((card) => [card.collection_id, card.volume])
  }
  expect(await volumes('')).toEqual([
    [gamesId, '20'],
    [jewelsId, '15'],
    [artId, '10'],
  ])
  for (const window of ['7d', '30d', 'all']) {
    expect((await volumes(`&window=${window}`))[0]).toEqual([artId, String(BigInt(huge) + 10n)])
  }
  expect(await volumes('&network=ton')).toEqual([[jewelsId, '15']])
  expect(await volumes('&search=art')).toEqual([[artId, '10']])
  const { body } = await api.get('/api/v1/collections')
  expect(body.data[0]).not.toHaveProperty('volume')
})

test.each([
  ['?search=', 'must not be empty'],
  [`?search=${encodeURIComponent('!?')}`, '1 to 8 words'],
  ['?sort=name', 'must be one of -items, -owners, -volume'],
  ['?window=7d', 'only with sort=-volume'],
  ['?sort=-volume&window=1h', 'must be one of 24h, 7d, 30d, all'],
])('400: %s', async (query, message) => {
  const { status, text } = await api.get(`/api/v1/collections${query}`)
  expect(status).toBe(400)
  expect(text).toContain(message)
})

test('404: an unknown network is named', async () => {
  expect((await api.get('/api/v1/collections?network=nowhere')).status).toBe(404)
})

test('sales are added up once, however many networks there are', async () => {
  for (const [window, table] of [
    ['7d', 'sale_hours'],
    ['all', 'sale_totals'],
  ]) {
    const [plan] = await plansOf(api, `/api/v1/collections?sort=-volume&window=${window}`, 'stats', 'EXPLAIN ANALYZE')
    const scans = new RegExp(`Scan .*${table}.* loops=(\\d+)`).exec(plan ?? '')
    expect(scans?.[1], plan).toBe('1')
  }
})

test('lists read an index from its end, and searches read theirs', async () => {
  await api.owner.query(
    `INSERT INTO projection.network_status (network_id, name, chain, chain_id, state, history_complete, updated_at, projected)
     VALUES (7, 'large', 'evm', 7, 'live', true, now(), '{}')`,
  )
  await api.owner.query(
    `INSERT INTO projection.collection_stats (collection_id, last_block, last_event_at, items, owners, standard, network_id, is_stub,
       history_complete, supply, address, name)
     SELECT gen_random_uuid(), 1, now(), n % 1000, n % 77, 'erc721', 7, true, true, 1,
       decode(md5(n::text) || substr(md5((n + 1)::text), 1, 8), 'hex'), CASE WHEN n % 50 = 0 THEN 'name ' || n END
     FROM generate_series(1, 20000) AS n`,
  )
  await api.owner.query('ANALYZE projection.collection_stats, projection.network_status')
  const list = '/api/v1/collections?network=large'
  const next = async (path: string) => `${path}&cursor=${(await api.get(path)).body.next_cursor}`
  for (const [path, index] of [
    [list, 'Index Scan Backward using collection_stats_items'],
    [await next(list), 'Index Scan Backward using collection_stats_items'],
    [`${list}&sort=-owners`, 'Index Scan Backward using collection_stats_owners'],
    [await next(`${list}&sort=-owners`), 'Index Scan Backward using collection_stats_owners'],
    [`${list}&search=${art}`, 'Index Scan using collection_stats_address'],
    [`${list}&search=7000`, 'Index Scan on collection_stats_words'],
  ] as const) {
    for (const plan of await plansOf(api, path, 'stats')) expect(plan, path).toContain(index)
  }
})
