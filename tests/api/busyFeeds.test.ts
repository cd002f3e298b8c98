import { expect, test } from 'vitest'
import { useApi } from './apiFixture.js'
import { plansOf } from './plans.js'

/* Feeds of those who do much: a hot wallet, a large collection, a game's currency. */

const api = useApi()
const busy = `0x${'ab'.repeat(20)}`
const [collection, asset] = ['c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001']

/** 30,000 movements in 5,000 blocks: every tenth by one account and of one asset, every hundredth in one collection. */
async function muchHappens(): Promise<void> {
  await api.owner.query('SELECT system.ensure_partitions(7::smallint, 0, 5000)')
  await api.owner.query(
    `INSERT INTO projection.network_status (network_id, name, chain, chain_id, state, projected_number, finalized_number, projected)
     VALUES (7, 'large', 'evm', 7, 'live', 5000, 4990, '{[0,5001)}')`,
  )
  await api.owner.query(
    `INSERT INTO projection.collection_stats (collection_id, network_id, address, standard, is_stub, history_complete, last_block, last_event_at)
     VALUES ('${collection}', 7, '\\x07', 'erc721', false, true, 5000, now())`,
  )
  await api.owner.query(
    `INSERT INTO projection.asset_cards (asset_id, network_id, standard, is_stub, history_complete, last_block, last_event_at)
     VALUES ('${asset}', 7, 'erc721', false, true, 5000, now())`,
  )
  await api.owner.query(
    `INSERT INTO ingest.blocks (network_id, number, fork, hash, parent_hash, time, canonical)
     SELECT 7, n, 0, sha256(n::text::bytea), sha256((n - 1)::text::bytea), now(), true FROM generate_series(0, 5000) AS n`,
  )
  await api.owner.query(
    `CREATE TABLE public.happened AS
     SELECT n, n / 6 AS block, md5('source' || n)::uuid AS source, md5('entry' || n)::uuid AS entry,
       CASE WHEN n % 10 = 0 THEN '${asset}' ELSE md5('asset' || n)::uuid END AS asset,
       CASE WHEN n % 100 = 0 THEN '${collection}' ELSE md5('collection' || n % 50)::uuid END AS collection,
       CASE WHEN n % 10 = 0 THEN decode('${busy.slice(2)}', 'hex') ELSE substr(sha256(n::text::bytea), 1, 20) END AS giver,
       substr(sha256((n + 1)::text::bytea), 1, 20) AS taker
     FROM generate_series(1, 30000) AS n`,
  )
  await api.owner.query(
    `INSERT INTO ledger.normalized_events (network_id, block_number, position, normalized_event_id, source_event_id, asset_id, sub_index,
       event_kind, standard, fork, incarnation, reverts, collection_id)
     SELECT 7, block, n, entry, source, asset, 0, 'transfer', 'erc721', 0, 0, false, collection FROM public.happened`,
  )
  await api.owner.query(
    `INSERT INTO ledger.normalized_event_keys (source_event_id, sub_index, network_id, block_number, position, payload_hash, fork, incarnation,
       is_reverted)
     SELECT source, 0, 7, block, n, n, 0, 0, false FROM public.happened`,
  )
  await api.owner.query(
    `INSERT INTO ledger.normalized_event_deltas (network_id, block_number, normalized_event_id, delta_index, account_address, qty_delta)
     SELECT 7, block, entry, 0, giver, -1 FROM public.happened UNION ALL SELECT 7, block, entry, 1, taker, 1 FROM public.happened`,
  )
  await api.owner.query('DROP TABLE public.happened')
  await api.owner.query('ANALYZE')
}

test('a page of what happened follows an index from where the page begins, however much happened', async () => {
  await muchHappens()
  for (const [path, presorted, index] of [
    [`networks/large/accounts/${busy}`, 'd.block_number', 'deltas_n7_b0_account_address_block_number_idx'],
    [`assets/${asset}`, 'e.block_number', 'normalized_events_n7_b0_asset_id_block_number_idx'],
    [`collections/${collection}`, 'e.block_number', 'normalized_events_n7_b0_collection_id_block_number_idx'],
  ] as const) {
    const first = `/api/v1/${path}/activity?limit=200`
    const page = await api.get(first)
    expect(page.body.data).toHaveLength(200)
    for (const url of [first, `${first}&cursor=${page.body.next_cursor}`, `${first}&min_finality=finalized`]) {
      for (const plan of await plansOf(api, url, 'WITH parent')) {
        expect(plan, url).toContain(`Presorted Key: ${presorted}\n`)
        expect(plan, url).toMatch(new RegExp(`Index Scan Backward using \\w*${index}`))
        if (url.includes('cursor')) expect(plan, url).toMatch(/Index Cond: \(\(\w+ = [^)]+\) AND \(block_number <= /)
      }
    }
  }
})
