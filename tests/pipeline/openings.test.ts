import { beforeEach, expect, test, vi } from 'vitest'
import { FtError } from '../../src/core/errors.js'
import { isMovement } from '../../src/core/events.js'
import { assetId, openingBalanceId } from '../../src/core/ids.js'
import { FILL_LOCK } from '../../src/core/networks.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { orphanAbove, recordFork, storeBlocks } from '../../src/ingest/store.js'
import { applyBlocks } from '../../src/pipeline/fused.js'
import { closeOpenings, Openings } from '../../src/pipeline/openings.js'
import type { Ask } from '../../src/pipeline/reconcile.js'
import { repairEvents } from '../../src/pipeline/repair.js'
import { retireApplied } from '../../src/pipeline/retire.js'
import { takeBackBlocks } from '../../src/pipeline/rewind.js'
import { deliverAnyhow, fuse, publishBlock, publishFork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { allRows, snapshot } from '../support/world/snapshot.js'
import { ACCOUNTS, buildBlock, factsOf, MULTIS, worldParser } from '../support/world/world.js'
import {
  blocksFrom,
  contracts,
  expectedHoldings,
  expectRebuilt,
  finalize,
  holdings,
  leg,
  never,
  one,
  openingsIn,
  read,
  START,
  tipOf,
  type World,
  world,
} from './openingsWorld.js'

/*
 * Where history starts in the middle, holdings of tokens with several owners are those of the contracts, for everybody who has moved since:
 * whatever order, repetition and reversal the movements and the answers of the contracts come in.
 */

vi.setConfig({ testTimeout: 60_000 })

let all: World
beforeEach(async () => {
  all = await world()
})

test.each([1, 2, 3, 4])(
  'holdings are what was held before plus what moved, in any order of arrival (seed %i)',
  async (seed) => {
    const chain = blocksFrom(seed, 12)
    const atOnce = contracts()
    await read(all, chain, atOnce.ask)
    expect(await holdings(all.db)).toEqual(expectedHoldings(chain))
    expect(new Set(atOnce.questions.map((q) => JSON.stringify([q.contract, String(q.tokenId), q.account]))).size).toBe(
      atOnce.questions.length,
    )
    expect(atOnce.questions.every(({ account }) => ACCOUNTS.includes(account ?? ''))).toBe(true)
    await expectRebuilt(all)

    const live = await world()
    const random = createRandom(seed)
    const openings = new Openings(live.pool, live.network, contracts().ask)
    for (const block of chain) {
      await publishBlock(live.db, live.network, block, random)
      if (random.chance(0.3)) await deliverAnyhow(live.db, live.network, random)
      if (random.chance(0.5)) await finalize(live, block.header.number - random.int(4))
      if (random.chance(0.5)) await openings.look(never)
    }
    await deliverAnyhow(live.db, live.network, random)
    await finalize(live, tipOf(chain))
    await openings.look(never)
    expect(await holdings(live.db)).toEqual(expectedHoldings(chain))
    expect(await allRows(live.db)).toEqual(await allRows(all.db))
  },
)

test('a negative holding is right once its opening balance is there, and shown', async () => {
  const [a = '', b = ''] = ACCOUNTS
  const chain = [buildBlock(null, [one('gives', leg(a, b, '1', '2'))], { number: START })]
  await fuse(all.db, all.network, chain)
  const id = assetId('polygon', MULTIS[0] ?? '', 1n)
  expect(await holdings(all.db)).toContain(`${id} ${a} -2`)
  await finalize(all, START)
  const ask: Ask = (questions) => Promise.resolve(questions.map(({ account }) => (account === a ? '12' : null)))
  await new Openings(all.pool, all.network, ask).look(never)
  expect(await holdings(all.db)).toEqual([`${id} ${a} 10`, `${id} ${b} 2`])
  const [card] = await all.db.query('SELECT supply, owners, history_complete, last_block FROM projection.asset_cards')
  expect(card).toEqual({ supply: 12n, owners: 2, history_complete: false, last_block: START })
  const feed = await all.db.query('SELECT kind, block_number FROM projection.changes ORDER BY seq')
  expect(feed.at(-1)).toEqual({ kind: 'changed', block_number: START })
  const shown = await all.db.query(
    'SELECT kind FROM projection.account_movements UNION ALL SELECT kind FROM projection.movements',
  )
  expect(new Set(shown.map(({ kind }) => kind))).toEqual(new Set(['transfer']))
})

test('asked again, and by several processes at once, each pair is opened once', async () => {
  const chain = blocksFrom(7, 20)
  await fuse(all.db, all.network, chain)
  await finalize(all, tipOf(chain))
  const looks = await Promise.all([1, 2, 3].map(() => new Openings(all.pool, all.network, contracts().ask).look(never)))
  const opened = await openingsIn(all.db)
  expect(looks.reduce((sum, look) => sum + look.opened, 0)).toBe(opened.length)
  await all.db.query(`UPDATE ledger.applied_ranges SET blocks = '{}' WHERE consumer_id = 'opening_balances'`)
  const again = contracts()
  expect(await new Openings(all.pool, all.network, again.ask).look(never)).toMatchObject({ opened: 0, failure: null })
  expect(again.questions).toEqual([])
  expect(await holdings(all.db)).toEqual(expectedHoldings(chain))
})

test('a block that is not final opens nothing: what only an orphaned branch moves is never asked', async () => {
  const [a = '', b = '', c = ''] = ACCOUNTS
  const first = buildBlock(null, [one('first', leg(a, b, '1'))], { number: START })
  const orphaned = buildBlock(first, [one('orphaned', leg(b, c, '2'))])
  const instead = buildBlock(first, [one('instead', leg(a, b, '3'))], { salt: 'other' })
  const random = createRandom(1)
  const { ask, questions } = contracts()
  const openings = new Openings(all.pool, all.network, ask)
  for (const block of [first, orphaned]) await publishBlock(all.db, all.network, block, random)
  await deliverAnyhow(all.db, all.network, random)
  await finalize(all, START)
  await openings.look(never)
  await publishFork(all.db, all.network, first.header)
  await publishBlock(all.db, all.network, instead, random)
  await deliverAnyhow(all.db, all.network, random)
  await finalize(all, START + 1)
  await openings.look(never)
  expect(questions.map(({ tokenId, account }) => `${tokenId} ${account}`).sort()).toEqual(
    [`1 ${a}`, `1 ${b}`, `3 ${a}`, `3 ${b}`].sort(),
  )
  expect(await holdings(all.db)).toEqual(expectedHoldings([first, instead]))
})

/** Takes blocks above a height back, as `ft rewind` does. */
async function rewindTo(target: World, header: ChainBlock['header']): Promise<void> {
  await target.db.transaction(async (tx) => {
    const blocks = await orphanAbove(tx, target.network, header.number)
    const branch = await recordFork(tx, target.network, header.number, blocks.length)
    const fork = { v: 1 as const, network: 'polygon', branch, ancestor: header, blocks }
    await takeBackBlocks(tx, target.network, { fork, finalized: header, order: 1, state: 'backfilling' })
  })
}

test('after a rewind the rows are those of the branch that was read instead, whatever had been opened before', async () => {
  const kept = blocksFrom(11, 6)
  const wrong = blocksFrom(12, 12, kept.at(-1), 'wrong')
  const right = blocksFrom(13, 12, kept.at(-1), 'right')
  await read(all, [...kept, ...wrong])
  const [last] = kept.slice(-1)
  if (last === undefined) throw new Error('blocks were kept')
  await rewindTo(all, last.header)
  await read(all, right)
  const other = await world()
  await read(other, [...kept, ...right])
  expect(await openingsIn(all.db)).toEqual(await openingsIn(other.db))
  expect(await snapshot(all.db)).toEqual(await snapshot(other.db))
  expect(await holdings(all.db)).toEqual(expectedHoldings([...kept, ...right]))
  await expectRebuilt(all)
})

test('a repair takes back what only a made-up event had opened, and opens what an omitted one moved', async () => {
  const [a = '', b = '', c = ''] = ACCOUNTS
  const honest = [one('first', leg(a, b, '1')), one('omitted', leg(b, c, '2'))]
  const [first, omitted] = honest
  if (first === undefined || omitted === undefined) throw new Error('there are two')
  const lie = buildBlock(null, [first, one('made up', leg(a, c, '1'))], { number: START })
  const truth = buildBlock(null, honest, { number: START })
  await read(all, [lie])
  const [, madeUp] = lie.events
  const [, left] = truth.events
  if (madeUp === undefined || left === undefined) throw new Error('there are two')
  const event = { ...left, position: 7, blockNumber: START, fork: 0 }
  await all.db.transaction((tx) =>
    repairEvents(tx, all.network, worldParser, { revert: [madeUp.sourceEventId], events: [event] }),
  )
  await new Openings(all.pool, all.network, contracts().ask).look(never)
  expect(await holdings(all.db)).toEqual(expectedHoldings([truth]))
  expect(await openingsIn(all.db)).toHaveLength(4)
  await expectRebuilt(all)
})

test('an event that comes late to a block that was looked through is opened as well', async () => {
  const [a = '', b = '', c = ''] = ACCOUNTS
  const chain = [buildBlock(null, [one('first', leg(a, b, '1')), one('late', leg(b, c, '2'))], { number: START })]
  const random = createRandom(3)
  const early = { ...chain[0], header: chain[0]?.header, events: chain[0]?.events.slice(0, 1) } as ChainBlock
  await publishBlock(all.db, all.network, early, random)
  await deliverAnyhow(all.db, all.network, random)
  await finalize(all, START)
  const openings = new Openings(all.pool, all.network, contracts().ask)
  await openings.look(never)
  const [raw] = chain[0]?.events.slice(1) ?? []
  const message = { v: 1, network: 'polygon', completes: [], events: [{ ...raw, blockNumber: START, fork: 0 }] }
  await all.db.query('INSERT INTO system.outbox_events (topic, payload) VALUES ($1, $2)', [
    'chain.polygon.raw_events',
    JSON.stringify(message),
  ])
  await deliverAnyhow(all.db, all.network, random)
  await openings.look(never)
  expect(await holdings(all.db)).toEqual(expectedHoldings(chain))
})

test('history that is extended takes opening balances back; those of the new beginning come once it is done', async () => {
  const [a = '', b = ''] = ACCOUNTS
  const earlier: ChainBlock[] = []
  for (const id of ['0', '1', '2']) {
    const moved = one(`earlier ${id}`, leg(a, b, id))
    earlier.push(buildBlock(earlier.at(-1) ?? null, [moved], { number: START - 3 }))
  }
  const later = blocksFrom(21, 10, earlier.at(-1))
  await read(all, later)
  const before = await openingsIn(all.db)
  expect(await closeOpenings(all.db, all.network, 2)).toBe(before.length)
  expect(await openingsIn(all.db)).toEqual([])

  const session = await all.db.session(() => undefined)
  await session.query('SELECT pg_advisory_lock(hashtext($2), $1)', [all.network.id, FILL_LOCK])
  const { ask, questions } = contracts(START - 4)
  const openings = new Openings(all.pool, all.network, ask)
  await openings.look(never)
  expect(questions).toEqual([])
  await all.db.transaction(async (tx) => {
    await applyBlocks(
      tx,
      all.network,
      worldParser,
      { from: START - 3, to: START - 1 },
      await storeBlocks(tx, all.network, earlier),
    )
    await tx.query('SELECT system.extend_history($1, $2)', [all.network.id, START - 3])
  })
  await session.query('SELECT pg_advisory_unlock(hashtext($2), $1)', [all.network.id, FILL_LOCK])
  await session.release()
  await openings.look(never)
  expect(await holdings(all.db)).toEqual(expectedHoldings([...earlier, ...later]))
  await expectRebuilt(all)
})

test('history that begins with a partition, and one whose records of delivery are gone, get their opening balances', async () => {
  const [a = '', b = ''] = ACCOUNTS
  const begin = 2_000_000
  const far = await world(begin)
  await far.db.query('SELECT system.ensure_partitions($1, $2, $2)', [far.network.id, begin])
  const chain = [buildBlock(null, [one('far', leg(a, b, '1'))], { number: begin })]
  await read(far, chain, contracts(begin - 1).ask)
  expect(await holdings(far.db)).toEqual(expectedHoldings(chain))

  const old = [buildBlock(null, [one('old', leg(a, b, '1'))], { number: START })]
  await fuse(all.db, all.network, old)
  expect(await retireApplied(all.db, all.network, 1_000_000)).toBe(1)
  await finalize(all, START)
  await new Openings(all.pool, all.network, contracts().ask).look(never)
  expect(await holdings(all.db)).toEqual(expectedHoldings(old))
})

test('where history is complete nothing is asked', async () => {
  const chain = blocksFrom(5, 5)
  await all.db.query('UPDATE ref.networks SET history_complete = true')
  const { ask, questions } = contracts()
  await read(all, chain, ask)
  expect(questions).toEqual([])
})

test('endpoints without old state are said once and left in peace for a while; an answer is taken when there is one', async () => {
  const chain = blocksFrom(9, 10)
  await fuse(all.db, all.network, chain)
  await finalize(all, tipOf(chain))
  let [now, hasState, asked] = [0, false, 0]
  const honest = contracts().ask
  const ask: Ask = (questions, block) => {
    asked += 1
    if (hasState) return honest(questions, block)
    return Promise.reject(new FtError('block_unknown', 'missing trie node'))
  }
  const openings = new Openings(all.pool, all.network, ask, { restMs: 1_000, now: () => now })
  expect((await openings.look(never)).failure).toMatchObject({ code: 'block_unknown' })
  const before = asked
  expect(await openings.look(never)).toEqual({ opened: 0, failure: null, failing: [] })
  expect(asked).toBe(before)
  now = 1_001
  expect(await openings.look(never)).toEqual({ opened: 0, failure: null, failing: [] })
  expect(asked).toBeGreaterThan(before)
  ;[now, hasState] = [2_002, true]
  expect((await openings.look(never)).opened).toBeGreaterThan(0)
  expect(await holdings(all.db)).toEqual(expectedHoldings(chain))
})

test('a contract whose calls fail holds up no other', async () => {
  const [bad = ''] = MULTIS
  const chain = blocksFrom(9, 20)
  await fuse(all.db, all.network, chain)
  await finalize(all, tipOf(chain))
  const honest = contracts().ask
  const ask: Ask = (questions, block) => {
    if (!questions.some(({ contract }) => contract === bad)) return honest(questions, block)
    return Promise.reject(new FtError('block_unknown', 'execution aborted'))
  }
  const openings = new Openings(all.pool, all.network, ask)
  expect(await openings.look(never)).toMatchObject({ failure: null, failing: [bad] })
  expect(await openings.look(never)).toEqual({ opened: 0, failure: null, failing: [] })
  const good = chain.flatMap(factsOf).filter(({ contract, kind }) => contract === MULTIS[1] && isMovement(kind))
  const ids = good.flatMap(({ contract, tokenId, from, to }) =>
    [from, to].flatMap((account) =>
      contract === null || tokenId === null || account === null
        ? []
        : [openingBalanceId(assetId('polygon', contract, tokenId), account)],
    ),
  )
  expect(await openingsIn(all.db)).toEqual([...new Set(ids)].sort())
})
