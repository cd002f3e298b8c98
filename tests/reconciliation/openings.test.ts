import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { createPool, type Db } from '../../src/core/db.js'
import { assetId } from '../../src/core/ids.js'
import { findNetwork, type Network } from '../../src/core/networks.js'
import { type EvmDevnet, startEvmDevnet } from '../../src/devnet/evm.js'
import type { ChainAdapter } from '../../src/ingest/adapter.js'
import { Openings } from '../../src/pipeline/openings.js'
import { rebuildProjections } from '../../src/pipeline/rebuild/rebuild.js'
import { reconcile } from '../../src/pipeline/reconcile.js'
import { cliHarness } from '../cli/harness.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { type RunningSystem, startSystem } from '../support/system.js'

/*
 * Real ERC-1155 contracts on a real node that keeps old state, indexed from the middle of their history.
 */

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

const quiet = { info: () => undefined, error: () => undefined }
const networks = z.object({ data: z.array(z.object({ projected: z.object({ number: z.int() }).nullable() })) })
const { ft } = cliHarness()

let folder: string
let devnet: EvmDevnet
let start: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ft-openings-'))
  devnet = await startEvmDevnet({ dataDir: folder, blockTimeMs: null, seed: 5, log: quiet, historyDepth: 1_000 })
  await devnet.mineActivity(30)
  start = devnet.head().number + 1
  await devnet.mineActivity(25)
})

afterAll(async () => {
  await devnet.stop()
  await rm(folder, { recursive: true, force: true })
})

async function database(): Promise<TestDatabase> {
  const created = await createTestDatabase()
  onTestFinished(() => created.drop())
  return created
}

async function run(db: TestDatabase, env: Record<string, string> = {}): Promise<RunningSystem> {
  const system = await startSystem({
    ...{ DATABASE_URL: db.url, POLYGON_RPC_URL: devnet.rpcUrl, POLYGON_START_BLOCK: String(start), ...env },
  })
  onTestFinished(() => system.stop())
  return system
}

async function caughtUp(system: RunningSystem): Promise<void> {
  const projected = async (): Promise<number | undefined> =>
    networks.parse(await system.get('/api/v1/networks')).data[0]?.projected?.number
  await expect.poll(projected, { timeout: 60_000, interval: 50 }).toBe(devnet.head().number)
}

/** What happened is final: a block is, once two are above it. */
async function finalize(system: RunningSystem): Promise<void> {
  for (let i = 0; i < 3; i += 1) await devnet.mine([])
  await caughtUp(system)
}

async function lookedThrough(db: Db): Promise<void> {
  const rest = `SELECT int8multirange(int8range(n.start_block, p.finalized_number, '[]')) - coalesce(a.blocks, '{}') = '{}' AS done
    FROM ref.networks n JOIN projection.network_status p USING (network_id)
    LEFT JOIN ledger.applied_ranges a ON a.network_id = n.network_id AND a.consumer_id = 'opening_balances'`
  await expect.poll(() => db.query(rest), { timeout: 60_000, interval: 100 }).toEqual([{ done: true }])
}

const holdingsOf = (db: Db, table: string): Promise<string[]> =>
  db
    .query<{ row: string }>(
      `SELECT o.asset_id || ' 0x' || encode(o.account_address, 'hex') || ' ' || o.quantity AS row
       FROM ${table} o JOIN catalog.assets a USING (asset_id) WHERE a.standard = 'erc1155'`,
    )
    .then((rows) => rows.map(({ row }) => row).sort())

function truth(): string[] {
  return devnet
    .truth()
    .map(({ contract, tokenId, owner, quantity }) => `${assetId('polygon', contract, tokenId)} ${owner} ${quantity}`)
}

async function negatives(db: Db): Promise<number> {
  return (await holdingsOf(db, 'market.ownership_current')).filter((row) => row.includes(' -')).length
}

/** Every holding is the contracts', none is missing of who has moved, and the read models and `ft reconcile` agree. */
async function expectTrue({ db }: TestDatabase, network: Network): Promise<void> {
  expect(await negatives(db)).toBe(0)
  const shown = await holdingsOf(db, 'projection.ownership_view')
  expect(truth()).toEqual(expect.arrayContaining(shown))
  const moved = await db.query<{ key: string }>(
    `SELECT DISTINCT e.asset_id || ' 0x' || encode(d.account_address, 'hex') AS key FROM ledger.normalized_events e
     JOIN ledger.normalized_event_deltas d USING (network_id, block_number, normalized_event_id)
     WHERE e.standard = 'erc1155' AND e.event_kind <> 'opening_balance'`,
  )
  const keys = new Set(moved.map(({ key }) => key))
  expect(shown).toEqual(
    truth()
      .filter((row) => keys.has(row.slice(0, row.lastIndexOf(' '))))
      .sort(),
  )
  const cards = await db.query(
    `SELECT FROM projection.asset_cards c WHERE c.standard = 'erc1155' AND c.supply <>
       (SELECT coalesce(sum(quantity), 0) FROM projection.ownership_view v WHERE v.asset_id = c.asset_id)`,
  )
  expect(cards).toEqual([])
  expect(await rebuildProjections({ db, networks: [network], swap: false, settleMs: 0 })).toEqual([])
  const adapter = opened(devnet.rpcUrl)
  const result = await reconcile(db, network, 200, (questions, block) => adapter.holdings(questions, block))
  expect(result).toMatchObject({ mismatches: [], incomplete: 0 })
}

function opened(url: string, rounds = 2): ChainAdapter {
  const adapter = replayAdapter([url], { rounds })
  onTestFinished(() => adapter.close())
  return adapter
}

/** A way to the node on which it has no state of old blocks, as a node that is no archive, until it is given it. */
async function prunedNode(): Promise<{ readonly url: string; giveState(): void }> {
  let hasState = false
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const calls = z.array(z.object({ id: z.int(), method: z.string() })).safeParse([JSON.parse(body)].flat())
      const isOld = !hasState && calls.data?.some(({ method }) => method === 'eth_call') === true
      const error = { code: -32000, message: 'missing trie node 1f3a (path ) state 0x1f3a is not available, not found' }
      const refusals = calls.data?.map(({ id }) => ({ jsonrpc: '2.0', id, error })) ?? []
      const refused = JSON.stringify(body.startsWith('[') ? refusals : refusals[0])
      const answer = isOld
        ? Promise.resolve(refused)
        : fetch(devnet.rpcUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body }).then((r) =>
            r.text(),
          )
      answer.then(
        (text) => response.setHeader('content-type', 'application/json').end(text),
        () => response.destroy(),
      )
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    giveState: () => {
      hasState = true
    },
  }
}

test('with opening balances every holding is what balanceOf says, in backfill and live', async () => {
  const own = await database()
  const system = await run(own, { POLYGON_OPENING_BALANCES: 'on' })
  await caughtUp(system)
  await devnet.mineActivity(15)
  await finalize(system)
  await lookedThrough(own.db)
  await caughtUp(system)
  await expectTrue(own, await findNetwork(own.db, 'polygon'))
  expect(await own.db.query('SELECT DISTINCT history_complete FROM projection.collection_stats')).toEqual([
    { history_complete: false },
  ])
  const activity = await own.db.query<{ kind: string }>('SELECT DISTINCT kind FROM projection.account_movements')
  expect(activity.map(({ kind }) => kind)).not.toContain('opening_balance')
  const [written] = await own.db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ledger.normalized_events WHERE event_kind = 'opening_balance'`,
  )
  const counted = /^ft_opening_balances_total\{network="polygon"\} (\d+)$/m
  const count = async () => Number(counted.exec(await system.metrics.text())?.[1])
  await expect.poll(count, { timeout: 20_000, interval: 100 }).toBe(written?.count)
})

test('without them nothing is asked; endpoints without old state disturb nothing else; ft backfill takes them back', async () => {
  const own = await database()
  const system = await run(own)
  await caughtUp(system)
  await finalize(system)
  expect(await own.db.query(`SELECT FROM ledger.normalized_events WHERE event_kind = 'opening_balance'`)).toEqual([])
  expect(await own.db.query(`SELECT FROM ledger.applied_ranges WHERE consumer_id = 'opening_balances'`)).toEqual([])
  expect(await negatives(own.db)).toBeGreaterThan(0)
  await system.stop()

  const network = await findNetwork(own.db, 'polygon')
  const pool = createPool({ url: own.url, role: 'ft_pipeline', max: 2 })
  onTestFinished(() => pool.end())
  const node = await prunedNode()
  const adapter = opened(node.url, 5)
  const openings = new Openings(pool, network, (questions, block) => adapter.holdings(questions, block), { restMs: 0 })
  const first = await openings.look(AbortSignal.timeout(60_000))
  expect(first).toMatchObject({ opened: 0, failure: { code: 'block_unknown' } })
  expect(first.failure?.message).toContain('missing trie node')
  // a circuit that had opened would be closed for five seconds
  const before = performance.now()
  expect((await adapter.head()).number).toBe(devnet.head().number)
  expect(performance.now() - before).toBeLessThan(4_000)
  node.giveState()
  expect((await openings.look(AbortSignal.timeout(60_000))).opened).toBeGreaterThan(0)
  await expectTrue(own, network)

  const env = { DATABASE_URL: own.url, POLYGON_RPC_URL: devnet.rpcUrl, FT_NETWORKS: 'polygon', FT_LOG_LEVEL: 'silent' }
  const argv = ['backfill', '--network', 'polygon', '--from', '0', '--to', String(start - 1)]
  expect(await ft(argv, env)).toMatchObject({ code: 0, stdout: expect.stringContaining('it is complete') })
  const rows = await own.db.query<{ row: string }>(
    `SELECT asset_id || ' 0x' || encode(account_address, 'hex') || ' ' || quantity AS row FROM projection.ownership_view`,
  )
  expect(rows.map(({ row }) => row).sort()).toEqual(truth().sort())
})
