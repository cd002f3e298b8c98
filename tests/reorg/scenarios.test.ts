import { expect, test, vi } from 'vitest'
import { buildChain, forkAt, type ReplayChain } from '../support/replay/chain.js'
import { createRig, type Rig, truthOf } from '../support/rig.js'
import { ALICE, BOB, CAROL, give, mint, move, serve, tip, token } from './chains.js'

/*
 * R1 to R5: the scenarios of the exit criteria, on a scripted chain. The truth is what comes from reading the canonical chain once.
 */

vi.setConfig({ testTimeout: 120_000 })

/** 99 blocks with a bit of everything, so that the scenarios happen at 100 and above. */
const past = buildChain(
  Array.from({ length: 99 }, (_, i) => (i % 3 === 0 ? [mint(i), give(i, 10, `0x${'00'.repeat(20)}`, ALICE)] : [])),
)

const on = (chain: ReplayChain, blocks: Parameters<typeof forkAt>[2], salt: string): ReplayChain =>
  forkAt(chain, chain.height, blocks, { salt })

/** The card of a token and what the answer says of itself. */
async function card(rig: Rig, tokenId: number): Promise<Record<string, unknown>> {
  const { data, ...rest } = await rig.get(token(tokenId))
  return { ...(data as object), ...rest }
}

interface KeyRow {
  readonly position: number
  readonly block: number
  readonly incarnation: number
  readonly reverted: boolean
}

async function keysOfBlock(rig: Rig, block: number): Promise<KeyRow[]> {
  return await rig.db.query<KeyRow & Record<string, unknown>>(
    `SELECT source_event_id, sub_index, block_number AS block, position, incarnation, is_reverted AS reverted
     FROM ledger.normalized_event_keys WHERE source_event_id IN
       (SELECT source_event_id FROM ingest.raw_events WHERE block_number = $1) ORDER BY source_event_id, sub_index`,
    [block],
  )
}

test('R1 shallow: blocks are replaced, touched assets are as the new branch has them, and rows of others are not written', async () => {
  const first = on(past, [[mint(900)], [mint(901)], [move(900, ALICE, BOB), mint(902)], [move(901, ALICE, BOB)]], 'a')
  const node = await serve(first, { finalized: 60 })
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest([node.url])
  await rig.at(tip(first))
  const untouched = `SELECT c.xmin::text, c.* FROM projection.asset_cards c WHERE token_id <= 900 AND token_id <> 900 ORDER BY asset_id`
  const owners = `SELECT v.xmin::text, v.* FROM projection.ownership_view v JOIN projection.asset_cards c USING (asset_id)
                  WHERE c.token_id < 900 ORDER BY v.asset_id, v.account_address`
  const sums = `SELECT o.xmin::text, o.* FROM market.ownership_current o JOIN catalog.assets a USING (asset_id)
                WHERE a.token_id < 900 ORDER BY o.asset_id, o.account_address`
  const before = await Promise.all([untouched, owners, sums].map((query) => rig.db.query(query)))
  expect(before.every((rows) => rows.length > 30)).toBe(true)

  const second = forkAt(first, 101, [[move(900, ALICE, CAROL)], [mint(903)], [mint(904)]], { salt: 'b' })
  node.setChain(second)
  await rig.at(tip(second))

  expect(run.events).toContain('fork 2 to 101')
  expect(await rig.rows()).toEqual(await truthOf(second))
  expect(await Promise.all([untouched, owners, sums].map((query) => rig.db.query(query)))).toEqual(before)
  expect(await card(rig, 900)).toMatchObject({
    owner: CAROL,
    finality_status: 'pending',
    block_number: 104,
    block_hash: tip(second).hash,
  })
  expect((await keysOfBlock(rig, 102)).filter(({ reverted }) => reverted)).toHaveLength(2)
})

test('R2 re-inclusion: a transaction in another block with other log indexes keeps its ids and is counted once', async () => {
  const transaction = [move(0, ALICE, BOB, 'T'), give(0, 4, ALICE, BOB, 'T')]
  const noise = (n: number) => Array.from({ length: n }, (_, i) => mint(700 + i, CAROL, `noise ${n} ${i}`))
  const first = on(past, [[], [], [...noise(5), ...transaction], []], 'a')
  const node = await serve(first, { finalized: 60 })
  const rig = await createRig()
  await rig.startPipeline()
  rig.ingest([node.url])
  await rig.at(tip(first))
  const of = async () => {
    const [row] = await rig.db.query<{ ids: string[] }>(
      `SELECT array_agg(source_event_id ORDER BY position) AS ids FROM ledger.normalized_event_keys
       WHERE NOT is_reverted AND source_event_id IN
         (SELECT source_event_id FROM ingest.raw_events WHERE block_number = 102 AND position IN (5, 6) AND fork = 0)`,
    )
    return row?.ids ?? []
  }
  const ids = await of()
  expect(ids).toHaveLength(2)

  const second = forkAt(first, 101, [[], [...noise(6), ...transaction], []], { salt: 'b' })
  node.setChain(second)
  await rig.at(tip(second))

  expect(await of()).toEqual(ids)
  const keys = await rig.db.query(
    `SELECT source_event_id, block_number, position, incarnation, is_reverted FROM ledger.normalized_event_keys
     WHERE source_event_id = ANY($1) ORDER BY position`,
    [ids],
  )
  expect(keys).toEqual(
    ids.map((id, index) => ({
      source_event_id: id,
      block_number: 103,
      position: 6 + index,
      incarnation: 2,
      is_reverted: false,
    })),
  )
  const entries = await rig.db.query<{ applied: string }>(
    `SELECT string_agg(CASE WHEN e.reverts THEN 'revert' ELSE 'apply' END || ' ' || e.incarnation,
                       ', ' ORDER BY e.incarnation, e.reverts) AS applied
     FROM ledger.normalized_events e JOIN ledger.applied_events a USING (block_number, normalized_event_id)
     WHERE e.source_event_id = ANY($1) GROUP BY e.source_event_id`,
    [ids],
  )
  expect(entries).toEqual(ids.map(() => ({ applied: 'apply 1, revert 1, apply 2' })))
  expect(await rig.rows()).toEqual(await truthOf(second))
})

test('R3 changed outcome: a transaction that now does something else, with fewer logs, and one that is gone', async () => {
  const first = on(
    past,
    [[], [], [mint(7007, ALICE, 'T'), mint(7008, BOB, 'T'), give(3, 1, ALICE, BOB, 'T'), mint(7009, BOB, 'U')], []],
    'a',
  )
  const node = await serve(first, { finalized: 60 })
  const rig = await createRig()
  await rig.startPipeline()
  rig.ingest([node.url])
  await rig.at(tip(first))
  expect(await card(rig, 7007)).toMatchObject({ owner: ALICE })

  const second = forkAt(first, 101, [[mint(8000, CAROL, 'T')], [], []], { salt: 'b' })
  node.setChain(second)
  await rig.at(tip(second))

  await expect(rig.get(token(7007))).rejects.toThrow('404')
  expect(await card(rig, 8000)).toMatchObject({ owner: CAROL })
  const keys = await keysOfBlock(rig, 102)
  expect(keys.map(({ reverted }) => reverted).sort()).toEqual([false, true, true, true])
  expect(keys.find(({ reverted }) => !reverted)).toMatchObject({ incarnation: 2, position: 0 })
  expect(await rig.rows()).toEqual(await truthOf(second))
})

test('R4 flip-flop in flight: a fork and the way back while nothing is delivered come to the first branch, and nothing applies twice', async () => {
  const first = on(
    past,
    [[mint(900)], [mint(901)], [move(900, ALICE, BOB), give(0, 3, ALICE, BOB, 'T')], [move(901, ALICE, BOB)]],
    'a',
  )
  const node = await serve(first, { finalized: 60 })
  const rig = await createRig()
  const pipeline = await rig.startPipeline()
  const run = rig.ingest([node.url])
  await rig.at(tip(first))
  await pipeline.stop()
  const outbox = async () => (await rig.db.query('SELECT seq FROM system.outbox_events ORDER BY seq')).length
  const counts = [await outbox()]

  const second = forkAt(first, 101, [[give(0, 3, ALICE, BOB, 'T')], [move(900, ALICE, CAROL)], [mint(905)]], {
    salt: 'b',
  })
  node.setChain(second)
  await run.seen('live 104')
  counts.push(await outbox())
  const third = on(first, [[], [move(901, BOB, CAROL)]], 'a')
  node.setChain(third)
  await run.seen('live 105')
  counts.push(await outbox())
  expect(counts).toEqual([...counts].sort((a, b) => a - b))
  await rig.startPipeline()
  await rig.at(tip(third))

  expect(run.events.filter((event) => event.startsWith('fork'))).toEqual(['fork 2 to 101', 'fork 3 to 101'])
  expect(await rig.rows()).toEqual(await truthOf(third))
  const blocks = await rig.db.query(
    'SELECT number, fork FROM ingest.blocks WHERE canonical AND number > 100 ORDER BY number',
  )
  expect(blocks).toEqual([101, 102, 103, 104, 105].map((number) => ({ number, fork: number === 104 ? 1 : 0 })))
  const [twice] = await rig.db.query(
    `SELECT count(*)::int AS count FROM (SELECT FROM ledger.applied_events GROUP BY consumer_id, normalized_event_id HAVING count(*) > 1) t`,
  )
  expect(twice).toEqual({ count: 0 })
})

test('R5 deep: a fork of 157 blocks above the finalized one comes to the new branch', async () => {
  const busy = (n: number) =>
    Array.from({ length: 160 }, (_, i) => (i % 2 === 0 ? [mint(n + i), give(1, 1, ALICE, BOB)] : []))
  const first = on(past, busy(1_000).slice(0, 157), 'a')
  const node = await serve(first, { finalized: 99 })
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest([node.url])
  await rig.at(tip(first))
  const second = forkAt(first, 99, busy(1_001).slice(0, 158), { salt: 'b' })
  node.setChain(second)
  await rig.at(tip(second))
  expect(run.events).toContain('fork 157 to 99')
  expect(await rig.rows()).toEqual(await truthOf(second))
})
