import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { secondLook } from '../../src/cli/compose/secondLook.js'
import { createPool, type Db } from '../../src/core/db.js'
import { findNetwork } from '../../src/core/networks.js'
import { type Explained, explainMismatches } from '../../src/pipeline/derivable.js'
import { rebuildProjections } from '../../src/pipeline/rebuild/rebuild.js'
import { reconcile } from '../../src/pipeline/reconcile.js'
import { cliHarness } from '../cli/harness.js'
import { type Anvil, startAnvil } from '../evm/anvil.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { evmProxy, type RpcAnswer, type RpcCall } from '../support/evmProxy.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { type RunningSystem, startSystem } from '../support/system.js'
import { silentContract } from '../support/tokenContract.js'

/*
 * Contracts on a real node that change who holds what, with an event or without one, indexed by the whole system.
 */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const { ft } = cliHarness()
const receipt = z.object({ contractAddress: z.string().nullable(), status: z.literal('0x1'), blockNumber: z.string() })
const networks = z.object({ data: z.array(z.object({ projected: z.object({ number: z.int() }).nullable() })) })
const cards = z.object({ data: z.array(z.object({ contract: z.string(), derivable: z.boolean() })) })

let anvil: Anvil
let accounts: string[]
/** An ERC-721 that tells everything, one that has a token change hands silently, and an ERC-1155 that changes a balance silently. */
let honest: string
let lent: string
let rebasing: string
/** The block in which the honest one moved its token for the last time. */
let moved: number

async function send(data: string, to?: string, from = accounts[0]) {
  const hash = await anvil.rpc('eth_sendTransaction', { from, data, ...(to === undefined ? {} : { to }) })
  await anvil.rpc('evm_mine')
  return receipt.parse(await anvil.rpc('eth_getTransactionReceipt', hash))
}

const words = (...values: (number | string)[]): string =>
  `0x${values.map((value) => (typeof value === 'number' ? value.toString(16) : value.slice(2)).padStart(64, '0')).join('')}`

const deploy = async (): Promise<string> => (await send(silentContract())).contractAddress ?? ''

beforeAll(async () => {
  anvil = await startAnvil(137)
  accounts = z.array(z.string()).parse(await anvil.rpc('eth_accounts'))
  honest = await deploy()
  lent = await deploy()
  rebasing = await deploy()
  await send(words(7), honest)
  await send(words(7), lent)
  await send(words(7, 100, 0), rebasing)
  moved = Number((await send(words(7), honest, accounts[1])).blockNumber)
  await send(words(7, accounts[2] ?? ''), lent)
  await send(words(accounts[0] ?? '', 103), rebasing)
  await anvil.rpc('anvil_mine', '0x4')
})

afterAll(() => anvil.stop())

let database: TestDatabase
let db: Db

beforeEach(async () => {
  database = await createTestDatabase()
  onTestFinished(() => database.drop())
  db = createPool({ url: database.url, role: 'ft_pipeline' })
  onTestFinished(() => db.end())
})

async function indexed(url = anvil.http, env: Record<string, string> = {}): Promise<RunningSystem> {
  const system = await startSystem({
    ...{ DATABASE_URL: database.url, POLYGON_RPC_URL: url, POLYGON_START_BLOCK: '0', ...env },
  })
  onTestFinished(() => system.stop())
  await caughtUp(system)
  return system
}

async function caughtUp(system: RunningSystem): Promise<void> {
  const head = Number(await anvil.rpc('eth_blockNumber'))
  const projected = async () => networks.parse(await system.get('/api/v1/networks')).data[0]?.projected?.number
  await expect.poll(projected, { timeout: 30_000, interval: 20 }).toBe(head)
}

const command = (urls: string, ...more: string[]) =>
  ft(['reconcile', '--network', 'polygon', ...more], {
    ...{ DATABASE_URL: database.url, POLYGON_RPC_URL: urls, FT_NETWORKS: 'polygon', FT_LOG_LEVEL: 'silent' },
  })

/** What is marked, in catalog and read model, which is the same. */
async function marked(): Promise<string[]> {
  const rows = await db.query<{ address: string; catalog: boolean; shown: boolean }>(
    `SELECT c.address, c.derivable AS catalog, s.derivable AS shown
     FROM catalog.collections c JOIN projection.collection_stats s USING (collection_id)`,
  )
  for (const { catalog, shown } of rows) expect(shown).toBe(catalog)
  return rows.flatMap(({ address, catalog }) => (catalog ? [] : [address])).sort()
}

/** Compares as `ft reconcile` does, with endpoints that give up soon; `onProgress` hears of the reading of history, and may stop it. */
async function explained(
  urls: readonly string[],
  onProgress: (done: number, of: number, stop: AbortController) => void = () => undefined,
): Promise<Explained[]> {
  const stop = new AbortController()
  const { signal } = stop
  const network = await findNetwork(db, 'polygon')
  const adapter = replayAdapter(urls)
  onTestFinished(() => adapter.close())
  const result = await reconcile(db, network, 100, (questions, block) => adapter.holdings(questions, block))
  return await explainMismatches(db, network, result, secondLook(adapter, signal), {
    signal,
    onProgress: (done, of) => onProgress(done, of, stop),
  })
}

const kinds = (of: readonly Explained[]): Record<string, string> =>
  Object.fromEntries(of.map(({ contract, cause }) => [contract, cause.kind]))

test('who holds what changes without an event: the collections are marked, shown as that, and left out from then on', async () => {
  const system = await indexed()
  const first = await command(anvil.http)
  expect(first).toMatchObject({ code: 0, stderr: '' })
  for (const contract of [lent, rebasing]) {
    expect(first.stdout).toMatch(new RegExp(`^${contract}: .*do not tell who holds what: marked`, 'm'))
  }
  expect(first.stdout).toMatch(/^3 holdings compared at block \d+, 2 mismatches$/m)
  expect(await marked()).toEqual([lent, rebasing].sort())
  const { data } = cards.parse(await system.get('/api/v1/networks/polygon/contracts'))
  expect(Object.fromEntries(data.map(({ contract, derivable }) => [contract, derivable]))).toEqual({
    ...{ [honest]: true, [lent]: false, [rebasing]: false },
  })
  const token = (of: string) => system.get(`/api/v1/networks/polygon/contracts/${of}/tokens/7`)
  expect(await token(lent)).toMatchObject({ data: { derivable: false, owner: accounts[0] } })
  expect(await token(honest)).toMatchObject({ data: { derivable: true } })
  const again = await command(anvil.http)
  expect(again).toMatchObject({ code: 0 })
  expect(again.stdout).toMatch(/^1 holdings compared at block \d+, 0 mismatches\n2 collections left out because events/)
  for (const contract of [lent, rebasing]) expect(again.stdout).toContain(contract)
})

test('a mark outlives further events of the contract and a rebuild, and an operator can take it away', async () => {
  const system = await indexed()
  await command(anvil.http)
  await send(words(8), lent)
  await anvil.rpc('anvil_mine', '0x4')
  await caughtUp(system)
  expect(await marked()).toEqual([lent, rebasing].sort())
  await system.stop()
  const network = await findNetwork(db, 'polygon')
  expect(await rebuildProjections({ db: database.db, networks: [network], swap: false, settleMs: 0 })).toEqual([])
  expect(await command(anvil.http, '--unmark', lent.toUpperCase().replace('0X', '0x'))).toEqual({
    ...{ code: 0, stdout: `${lent} is compared again: ft reconcile --network polygon\n`, stderr: '' },
  })
  expect(await marked()).toEqual([rebasing])
  expect((await command(anvil.http)).stdout).toMatch(new RegExp(`^${lent}: .*marked`, 'm'))
  const unknown = await command(anvil.http, '--unmark', accounts[0] ?? '')
  expect(unknown).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no collection of polygon has the contract'),
  })
})

test('--no-mark only compares: what differs is a mismatch', async () => {
  await indexed()
  const { code, stdout } = await command(anvil.http, '--no-mark')
  expect({ code, lines: stdout.trimEnd().split('\n').length }).toEqual({ code: 1, lines: 4 })
  expect(await marked()).toEqual([])
})

const isLogOfMove = (log: unknown): boolean => {
  const { address, blockNumber } = z.object({ address: z.string(), blockNumber: z.string() }).parse(log)
  return address === honest && Number(blockNumber) === moved
}

/** An endpoint that leaves the last movement of the honest contract out of its logs. */
const forgetful = () =>
  evmProxy(anvil.http, ({ method }: RpcCall, answer: RpcAnswer) => {
    const { result } = answer
    if (method !== 'eth_getLogs' || !Array.isArray(result)) return answer
    return { ...answer, result: result.filter((log) => !isLogOfMove(log)) }
  })

test('an event that the ledger lacks is not taken for one that was not told: nothing is marked, and what mends it is named', async () => {
  const url = await forgetful()
  const system = await indexed(url)
  const urls = `${url},${anvil.http}`
  const found = await command(urls)
  expect(found.code).toBe(1)
  expect(found.stdout).toMatch(
    new RegExp(
      `^${honest}: not marked, 1 of its events are missing from the ledger, first in blocks ${moved}: ft audit`,
      'm',
    ),
  )
  expect(await marked()).toEqual([lent, rebasing].sort())
  const audit = new RegExp(`(ft audit --network polygon --from ${moved} --to ${moved});`).exec(found.stdout)?.[1]
  await system.stop()
  const env = { DATABASE_URL: database.url, POLYGON_RPC_URL: urls, FT_NETWORKS: 'polygon', FT_LOG_LEVEL: 'silent' }
  expect((await ft((audit ?? '').split(' ').slice(1), env)).stdout).toContain('1 differences, repaired')
  expect(await command(urls)).toMatchObject({ code: 0, stdout: expect.stringContaining('0 mismatches') })
})

test('a movement that the ledger has otherwise than the chain marks nothing either', async () => {
  await indexed()
  const transfer = `(SELECT normalized_event_id FROM ledger.normalized_events e JOIN catalog.collections c USING (collection_id)
    WHERE c.address = decode('${lent.slice(2)}', 'hex') ORDER BY block_number LIMIT 1)`
  await database.db.query(
    `UPDATE ledger.normalized_event_deltas SET account_address = decode(repeat('ee', 20), 'hex') WHERE normalized_event_id = ${transfer}`,
  )
  const found = await explained([anvil.http])
  expect(found.find(({ contract }) => contract === lent)?.cause).toMatchObject({
    ...{ kind: 'events differ', missing: 1, extra: 1 },
  })
  expect(await marked()).toEqual([rebasing])
})

test('a history that cannot be read a second time marks nothing, and says why', async () => {
  await indexed()
  const pruned = await evmProxy(anvil.http, ({ method }, answer) =>
    method === 'eth_getLogs'
      ? { jsonrpc: '2.0', id: answer.id, error: { code: -32602, message: 'pruned history unavailable' } }
      : answer,
  )
  const { code, stdout } = await command(pruned)
  expect(code).toBe(1)
  expect(stdout).toMatch(new RegExp(`^${lent}: not marked, its history could not .*pruned history unavailable`, 'm'))
  expect(await marked()).toEqual([])
})

test('a block that was not read could hold the event: nothing is marked, and the backfill is named', async () => {
  await indexed()
  await database.db.query(`UPDATE ingest.indexed_ranges SET blocks = blocks - '{[2,4)}'`)
  const { code, stdout } = await command(anvil.http)
  expect(code).toBe(1)
  expect(stdout).toMatch(new RegExp(`^${lent}: not marked, .*ft backfill --network polygon --from 2 --to 3$`, 'm'))
  expect(await marked()).toEqual([])
})

test('a second endpoint that gives another answer of the contract, and a stop, mark nothing', async () => {
  await indexed()
  const nobody = `0x${'00'.repeat(32)}`
  const liar = await evmProxy(anvil.http, ({ method, params }, answer) => {
    const asked = z.object({ to: z.string() }).safeParse(params[0]).data
    return method === 'eth_call' && asked?.to === honest ? { ...answer, result: nobody } : answer
  })
  const stopped = await explained([anvil.http], (_, of, stop) => stop.abort(new Error(`stopped before ${of} blocks`)))
  const unknown = { kind: 'unknown', reason: 'it was stopped' }
  expect(stopped.map(({ cause }) => cause)).toEqual([unknown, unknown])
  expect(await marked()).toEqual([])
  expect(kinds(await explained([liar, anvil.http]))).toMatchObject({ [honest]: 'answers differ' })
  expect(await marked()).not.toContain(honest)
})

test('an opening balance that is not what the contract says of that block marks nothing', async () => {
  const start = Number(await anvil.rpc('eth_blockNumber')) + 1
  await send(words(7, 5, 0), rebasing)
  await anvil.rpc('anvil_mine', '0x4')
  await indexed(anvil.http, { POLYGON_START_BLOCK: String(start), POLYGON_OPENING_BALANCES: 'on' })
  const openings = () => db.query(`SELECT FROM ledger.normalized_events WHERE event_kind = 'opening_balance'`)
  await expect.poll(openings, { timeout: 30_000, interval: 50 }).toHaveLength(1)
  const add = (quantity: number) =>
    database.db.query('UPDATE ledger.normalized_event_deltas SET qty_delta = qty_delta + $1 WHERE block_number < $2', [
      quantity,
      start,
    ])
  await add(1)
  expect(kinds(await explained([anvil.http]))).toEqual({ [rebasing]: 'opening balance differs' })
  expect(await marked()).toEqual([])
  await add(-1)
  expect(kinds(await explained([anvil.http]))).toEqual({ [rebasing]: 'not derivable' })
  expect(await marked()).toEqual([rebasing])
})

test('an event that cannot be read counts as missing', async () => {
  const block = Number((await send(words(4096, 4096, 0, 0), rebasing)).blockNumber)
  await anvil.rpc('anvil_mine', '0x4')
  await indexed()
  const found = await explained([anvil.http])
  expect(found.find(({ contract }) => contract === rebasing)?.cause).toEqual({
    ...{ kind: 'events differ', missing: 1, extra: 0, blocks: [block] },
  })
  expect(await marked()).toEqual([lent])
})
