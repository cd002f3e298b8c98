import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import { FtError } from '../../src/core/errors.js'
import type { Network } from '../../src/core/networks.js'
import { type FillOptions, fill, planFill } from '../../src/ingest/fill.js'
import { rewind } from '../../src/ingest/rewind.js'
import { applyBlocks } from '../../src/pipeline/fused.js'
import { takeBackBlocks } from '../../src/pipeline/rewind.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { buildChain, type LogSpec } from '../support/replay/chain.js'
import { startReplay } from '../support/replay/server.js'
import { address, transfer721, ZERO } from '../support/replay/specs.js'
import { allRows } from '../support/world/snapshot.js'
import { ingestDatabase, startIngest } from './harness.js'

/*
 * ft backfill beside the writer: history before the first indexed block, stopped and resumed, ends with the rows of a database
 * that was indexed from the beginning.
 */

const NFT = address('nft', 1)
const [ALICE, BOB] = [address('account', 1), address('account', 2)]
const move = (tokenId: number, from: string, to: string): LogSpec =>
  transfer721({ contract: NFT, from, to, tokenId: BigInt(tokenId) })

/** Every token is minted in one block and moved ten blocks later: history that starts between the two does not know the first. */
const chain = buildChain(
  Array.from({ length: 40 }, (_, i) => [move(i, ZERO, ALICE), ...(i >= 10 ? [move(i - 10, ALICE, BOB)] : [])]),
)
const [START, FINAL] = [25, 36]

const cleanup: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step()
})

interface Indexed {
  readonly database: TestDatabase
  readonly pool: Db
  readonly network: Network
}

/** A database that was indexed from a height to the head, by the network's writer, which has stopped. */
async function indexed(url: string, start: number): Promise<Indexed> {
  const database = await createTestDatabase()
  cleanup.push(() => database.drop())
  const { network, pool } = await ingestDatabase(database)
  cleanup.push(() => pool.end())
  const adapter = replayAdapter([url])
  const writer = startIngest(pool, network, adapter, { start: { kind: 'height', height: start } })
  await writer.seen('live 40')
  await writer.stop()
  await adapter.close()
  return { database, pool, network }
}

let url = ''
let late: Indexed
let options: Omit<FillOptions, 'signal'>
let adapter: ReturnType<typeof replayAdapter>

beforeEach(async () => {
  const node = await startReplay(chain, { head: 40, finalized: FINAL })
  cleanup.push(() => node.close())
  url = node.url
  late = await indexed(url, START)
  adapter = replayAdapter([url])
  cleanup.push(() => adapter.close())
  options = {
    db: late.pool,
    network: late.network,
    adapter,
    scope: 'all',
    applyBlocks: (tx, blocks, events) => applyBlocks(tx, late.network, adapter.parse, blocks, events),
    onExtend: () => Promise.resolve(),
  }
})

async function read(): Promise<string> {
  const [row] = await late.database.db.query<{ blocks: string }>('SELECT blocks::text FROM ingest.indexed_ranges')
  return row?.blocks ?? ''
}

/** Fills [from, to] in answers of at most five blocks, and stops after so many of them. */
async function fillPart(from: number, to: number, answers = Number.POSITIVE_INFINITY): Promise<number[]> {
  const stop = new AbortController()
  const lows: number[] = []
  const small = {
    range: (low: number, high: number) =>
      high - low < 5 ? adapter.range(low, high) : Promise.reject(new FtError('range_too_large', 'at most five blocks')),
  }
  const plan = await planFill(late.pool, late.network, 'all', { from, to })
  const done = fill({ ...options, adapter: small, signal: stop.signal }, plan, (blocks) => {
    lows.push(blocks.from)
    if (lows.length === answers) stop.abort(new Error('stopped by the test'))
  })
  if (answers === Number.POSITIVE_INFINITY) await done
  else await expect(done).rejects.toThrow('stopped by the test')
  return lows
}

test('history before the first block is read downwards, stopped, resumed, and ends as if it had been read from the start', async () => {
  const whole = await indexed(url, 0)
  const [, second = 0] = await fillPart(0, START - 1, 2)
  expect(second).toBeGreaterThan(0)
  expect(await read()).toBe(`{[${second},41)}`)
  expect((await fillPart(0, START - 1))[0]).toBeLessThan(second)
  expect(await read()).toBe('{[0,41)}')

  const own = [
    'ref.networks',
    'market.ownership_current',
    'catalog.assets',
    'ingest.raw_events',
    'ledger.normalized_events',
  ]
  const tables = async ({ database }: Indexed) =>
    (await allRows(database.db)).filter(({ table }) => own.includes(table)).map(({ table, rows }) => ({ table, rows }))
  const expected = await tables(whole)
  expect(expected.length).toBeGreaterThanOrEqual(4)
  expect(await tables(late)).toEqual(expected)
})

test('the read models say where history starts now in the transaction that made it so', async () => {
  const told = () => late.database.db.query('SELECT start_block, history_complete FROM projection.network_status')
  const [, second = 0] = await fillPart(0, START - 1, 2)
  expect(await told()).toEqual([{ start_block: second, history_complete: false }])
  await fillPart(0, START - 1)
  expect(await told()).toEqual([{ start_block: 0, history_complete: true }])
})

test('a stop waits for no endpoint', async () => {
  const stop = new AbortController()
  const silent = {
    range: () => {
      stop.abort(new Error('stopped by the test'))
      return new Promise<never>(() => undefined)
    },
  }
  const plan = await planFill(late.pool, late.network, 'all', { from: 0, to: START - 1 })
  await expect(fill({ ...options, adapter: silent, signal: stop.signal }, plan, () => undefined)).rejects.toThrow(
    'stopped by the test',
  )
})

test('a plan holds what is missing only, and refuses what would leave a hole or is not final', async () => {
  const plan = (from: number, to: number) => planFill(late.pool, late.network, 'all', { from, to })
  expect(await plan(20, 30)).toMatchObject({ spans: [{ from: 20, to: 24 }], blocks: 5, startBlock: START })
  expect((await plan(26, 30)).blocks).toBe(0)
  await expect(plan(5, START - 2)).rejects.toThrow(`use --to ${START - 1}`)
  await expect(plan(20, 39)).rejects.toThrow(`above ${FINAL}`)
  await late.database.db.query(`UPDATE ingest.indexed_ranges SET blocks = '{[25,28),[30,41)}'`)
  expect((await plan(0, FINAL)).spans).toEqual([
    { from: 0, to: 24 },
    { from: 28, to: 29 },
  ])
})

test('one fill of a network at a time, and none while it is disputed or below a block that a rewind has opened again', async () => {
  const session = await late.database.db.session(() => undefined)
  await session.query(`SELECT pg_advisory_lock(hashtext('ft.fill'), $1)`, [late.network.id])
  await expect(fillPart(0, START - 1)).rejects.toThrow('another ft backfill')
  await session.release()
  const plan = await planFill(late.pool, late.network, 'all', { from: 0, to: START - 1 })
  for (const change of [`state = 'disputed'`, `state = 'live', block_number = 3`]) {
    await late.database.db.query(`UPDATE system.sync_cursors SET ${change}`)
    await expect(fill({ ...options, signal: AbortSignal.timeout(20_000) }, plan, () => undefined)).rejects.toThrow(
      'was rewound below block',
    )
  }
})

test('a fill and a rewind of a network are never at work at once: who comes second is refused, and nothing is left of it', async () => {
  const takeBack: Parameters<typeof rewind>[0]['takeBack'] = (tx, step) => takeBackBlocks(tx, late.network, step)
  const back = { db: late.pool, network: late.network, adapter, to: 30, takeBack }
  const plan = await planFill(late.pool, late.network, 'all', { from: 20, to: 24 })
  const filling = { ...options, signal: AbortSignal.timeout(20_000) }
  const refused = { code: 'database_conflict', message: expect.stringContaining('another ft backfill or ft rewind') }
  await rewind({
    ...back,
    takeBack: async (tx, step) => {
      await expect(fill(filling, plan, () => undefined)).rejects.toMatchObject(refused)
      return await takeBack(tx, step)
    },
  })
  expect(await read()).toBe('{[25,31)}')
  const meanwhile: FillOptions['applyBlocks'] = async (...given) => {
    await expect(rewind({ ...back, to: 28 })).rejects.toMatchObject(refused)
    return await options.applyBlocks(...given)
  }
  await fill({ ...filling, applyBlocks: meanwhile }, plan, () => undefined)
  expect(await read()).toBe('{[20,31)}')
})
