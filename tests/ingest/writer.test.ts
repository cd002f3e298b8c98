import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import { FtError } from '../../src/core/errors.js'
import type { Network } from '../../src/core/networks.js'
import { pruneHeaders } from '../../src/ingest/prune.js'
import { storeBlocks } from '../../src/ingest/store.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { buildChain, forkAt, type LogSpec, type ReplayChain } from '../support/replay/chain.js'
import { type Replay, startReplay } from '../support/replay/server.js'
import { address, transfer721, ZERO } from '../support/replay/specs.js'
import { ingestDatabase, startIngest } from './harness.js'

const NFT = address('nft', 1)
const ALICE = address('account', 1)
const BOB = address('account', 2)
const mint = (tokenId: number, to = ALICE): LogSpec =>
  transfer721({ contract: NFT, from: ZERO, to, tokenId: BigInt(tokenId) })

const chain = buildChain(Array.from({ length: 20 }, (_, i) => [mint(i)]))

let database: TestDatabase
let pool: Db
let network: Network
let node: Replay
const cleanup: (() => Promise<unknown>)[] = []

async function serve(what: ReplayChain, options: { head?: number; finalized?: number } = {}): Promise<Replay> {
  node = await startReplay(what, options)
  cleanup.push(() => node.close())
  return node
}

function ingest() {
  const adapter = replayAdapter([node.url])
  cleanup.push(() => adapter.close())
  return startIngest(pool, network, adapter)
}

beforeEach(async () => {
  database = await createTestDatabase()
  ;({ network, pool } = await ingestDatabase(database))
  cleanup.push(
    () => database.drop(),
    () => pool.end(),
  )
})

afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step()
})

async function cursor(): Promise<unknown> {
  const [row] = await database.db.query(
    'SELECT block_number, block_hash, finalized_number, state FROM system.sync_cursors',
  )
  return row
}

const hashAt = (what: ReplayChain, number: number): string | undefined => what.block(number)?.hash

test('final blocks are read in ranges and later ones block by block, without a hole between', async () => {
  await serve(chain, { head: 20, finalized: 12 })
  const run = ingest()
  await run.seen('live 20')
  await run.stop()
  expect(run.events).toContain('backfill 0-12')
  expect(run.events).toContain('live 13')
  const [ranges] = await database.db.query('SELECT blocks::text FROM ingest.indexed_ranges')
  expect(ranges).toEqual({ blocks: '{[0,21)}' })
  expect(await cursor()).toEqual({
    block_number: 20,
    block_hash: hashAt(chain, 20),
    finalized_number: 12,
    state: 'live',
  })
})

test('a stopped run goes on from its cursor and reads nothing twice', async () => {
  await serve(chain, { head: 9, finalized: 5 })
  const first = ingest()
  await first.seen('live 9')
  await first.stop()
  node.setHead(11)
  const second = ingest()
  await second.seen('live 11')
  await second.stop()
  expect(second.events.filter((event) => /^(live|backfill)/.test(event))).toEqual(['live 10', 'live 11'])
})

test('a second writer waits until the first one stops, then takes over', async () => {
  await serve(chain, { head: 5, finalized: 0 })
  const first = ingest()
  await first.seen('live 5')
  const second = ingest()
  node.setHead(6)
  await first.seen('live 6')
  await first.stop()
  node.setHead(7)
  await second.seen('live 7')
  await second.stop()
  expect(second.events).not.toContain('live 6')
})

test('a writer whose epoch is no longer the newest cannot commit', async () => {
  await serve(chain, { head: 3, finalized: 0 })
  const run = ingest()
  await run.seen('live 3')
  await database.db.query('UPDATE system.sync_cursors SET lease_epoch = lease_epoch + 1')
  node.setHead(4)
  await expect(run.ended).rejects.toMatchObject({ code: 'lease_lost' })
  expect(await cursor()).toMatchObject({ block_number: 3 })
})

test('a fork above finality takes the cursor back to the common ancestor and names the orphaned blocks', async () => {
  await serve(chain, { head: 10, finalized: 5 })
  const run = ingest()
  await run.seen('live 10')
  const other = forkAt(chain, 7, [[mint(107)], [mint(108, BOB)], [], [mint(110)]], { salt: 'b' })
  node.setChain(other)
  await run.seen('live 11')
  await run.stop()
  expect(run.events).toContain('fork 3 to 7')
  expect(await cursor()).toMatchObject({ block_number: 11, block_hash: hashAt(other, 11) })
  const [message] = await database.db.query<{ payload: { blocks: unknown } }>(
    `SELECT payload FROM system.outbox_events WHERE topic = 'chain.polygon.forks'`,
  )
  expect(message?.payload.blocks).toEqual([8, 9, 10].map((number) => ({ number, fork: 0 })))
  const canonical = await database.db.query(
    'SELECT number, fork FROM ingest.blocks WHERE canonical AND number > 6 ORDER BY 1',
  )
  expect(canonical).toEqual([
    { number: 7, fork: 0 },
    { number: 8, fork: 1 },
    { number: 9, fork: 1 },
    { number: 10, fork: 1 },
    { number: 11, fork: 0 },
  ])
})

test('a fork that makes the chain shorter is followed before it has grown', async () => {
  await serve(chain, { head: 10, finalized: 5 })
  const run = ingest()
  await run.seen('live 10')
  const other = forkAt(chain, 7, [[mint(107)]], { salt: 'b' })
  node.setChain(other)
  await run.seen('fork 3 to 7')
  await expect.poll(cursor).toMatchObject({ block_number: 8, block_hash: hashAt(other, 8) })
  await run.stop()
})

test('blocks that were replaced, and the new ones final, while nobody read are taken back before those are read', async () => {
  await serve(chain, { head: 10, finalized: 5 })
  const run = ingest()
  await run.seen('live 10')
  await run.stop()
  const other = forkAt(
    chain,
    7,
    Array.from({ length: 23 }, (_, i) => [mint(200 + i)]),
    { salt: 'b' },
  )
  node.setChain(other)
  node.setFinalized(20)
  const next = ingest()
  await next.seen('live 30')
  await next.stop()
  expect(next.events).toContain('fork 3 to 7')
  const canonical = await database.db.query(
    'SELECT number, hash FROM ingest.blocks WHERE canonical AND number > 7 ORDER BY 1',
  )
  expect(canonical).toEqual(Array.from({ length: 23 }, (_, i) => ({ number: 8 + i, hash: hashAt(other, 8 + i) })))
})

test('a fork of all that is not final goes back to the highest header that is kept, whatever is kept of another network', async () => {
  const sparse = buildChain([[mint(1)], [mint(2)], [], [], [], [mint(6)], [mint(7)]])
  await serve(sparse, { head: 7, finalized: 5 })
  const first = ingest()
  await first.seen('live 7')
  await first.stop()
  await pruneHeaders(pool, network, 6)
  const other = await ingestDatabase(database, { name: 'base', chainId: 8453 })
  cleanup.push(() => other.pool.end())
  const header = { number: 4, hash: `0x${'b4'.repeat(32)}`, parentHash: `0x${'b3'.repeat(32)}`, time: 1 }
  await other.pool.transaction((tx) => storeBlocks(tx, other.network, [{ header, events: [] }]))
  node.setChain(forkAt(sparse, 5, [[mint(16)], [], [mint(18)]], { salt: 'b' }))
  const next = ingest()
  await next.seen('live 8')
  await next.stop()
  expect(next.events.filter((event) => event.startsWith('fork'))).toEqual(['fork 2 to 2'])
})

test('a second fork while nothing is stored above the start is followed too', async () => {
  await serve(chain, { head: 10, finalized: 5 })
  const adapter = replayAdapter([node.url])
  cleanup.push(() => adapter.close())
  let readable = true
  const block: typeof adapter.block = async (number) => {
    if (readable) return await adapter.block(number)
    throw new FtError('block_unknown', `block ${number} is not known yet`)
  }
  const run = startIngest(pool, network, { ...adapter, block }, { start: { kind: 'height', height: 9 }, retryMs: 1 })
  await run.seen('live 10')
  readable = false
  node.setChain(forkAt(chain, 7, [[], [], [], []], { salt: 'b' }))
  await run.seen('fork 2 to 8')
  const third = forkAt(chain, 7, [[], [], [], [], [mint(111)]], { salt: 'c' })
  node.setChain(third)
  readable = true
  await run.seen('live 11')
  await run.stop()
  expect(run.events.filter((event) => event.startsWith('fork'))).toEqual(['fork 2 to 8'])
  expect(await cursor()).toMatchObject({ block_number: 11, block_hash: hashAt(third, 11) })
})

test('the common ancestor of a deep fork is found with a few headers, whatever its depth', async () => {
  await serve(chain, { head: 20, finalized: 0 })
  const adapter = replayAdapter([node.url])
  cleanup.push(() => adapter.close())
  let asked = 0
  const header: typeof adapter.header = (number) => {
    asked += 1
    return adapter.header(number)
  }
  const run = startIngest(pool, network, { ...adapter, header })
  await run.seen('live 20')
  let current = chain
  for (const depth of [1, 2, 3, 7, 8, 12, 19]) {
    const branch = Array.from({ length: depth + 1 }, (_, i) => [mint(1000 * depth + i)])
    current = forkAt(current, current.height - depth, branch, { salt: `${depth}` })
    asked = 0
    node.setChain(current)
    await run.seen(`fork ${depth} to ${current.height - depth - 1}`)
    await run.seen(`live ${current.height}`)
    // one tells the fork, the others search among the blocks above the final one
    expect(asked).toBeLessThanOrEqual(2 + 2 * Math.ceil(Math.log2(current.height)))
  }
  await run.stop()
})

test('a head below the cursor on the same chain is a node that lags, not a fork', async () => {
  await serve(chain, { head: 10, finalized: 5 })
  const run = ingest()
  await run.seen('live 10')
  node.setHead(8)
  const asked = node.calls.length
  await expect.poll(() => node.calls.length).toBeGreaterThan(asked + 10)
  node.setHead(11)
  await run.seen('live 11')
  await run.stop()
  expect(run.events.filter((event) => event.startsWith('fork'))).toEqual([])
})

test('a final block that the endpoint does not know for one answer is looked at again, and is no dispute', async () => {
  await serve(chain, { head: 10, finalized: 5 })
  const adapter = replayAdapter([node.url])
  cleanup.push(() => adapter.close())
  let lags = false
  const header: typeof adapter.header = async (number) => {
    if (!lags || number > 7) return await adapter.header(number)
    lags = number !== 5
    throw new FtError('block_unknown', `block ${number} is not known yet`)
  }
  const run = startIngest(pool, network, { ...adapter, header }, { retryMs: 1 })
  await run.seen('live 10')
  lags = true
  node.setChain(forkAt(chain, 7, [[], [], [], []], { salt: 'b' }))
  await run.seen('live 11')
  await run.stop()
  expect(run.events).toContain(
    `retry polygon: the endpoints did not know final block 5 ${hashAt(chain, 5)}, and then did`,
  )
  expect(run.events).toContain('fork 3 to 7')
  expect(await cursor()).toMatchObject({ block_number: 11, state: 'live' })
})

test('a final block that the endpoint does not know, however often it is asked, is no dispute: it lags', async () => {
  await serve(chain, { head: 10, finalized: 5 })
  const adapter = replayAdapter([node.url])
  cleanup.push(() => adapter.close())
  let refusals = 0
  const header: typeof adapter.header = async (number) => {
    if (refusals === 0 || number > 7) return await adapter.header(number)
    refusals -= 1
    throw new FtError('block_unknown', `block ${number} is not known yet`)
  }
  const run = startIngest(pool, network, { ...adapter, header }, { retryMs: 1 })
  await run.seen('live 10')
  refusals = 20
  node.setChain(forkAt(chain, 7, [[], [], [], []], { salt: 'b' }))
  await run.seen('live 11')
  await run.stop()
  expect(run.events).toContain(
    `retry polygon: the endpoints did not know final block 5 ${hashAt(chain, 5)}, and still do not`,
  )
  expect(await cursor()).toMatchObject({ block_number: 11, state: 'live' })
})

test('a fork below finality stops the writer with nothing written, and it stays stopped', async () => {
  await serve(chain, { head: 10, finalized: 8 })
  const run = ingest()
  await run.seen('live 10')
  const before = await cursor()
  node.setChain(forkAt(chain, 6, [[], [], [], [], []], { salt: 'b' }))
  await expect(run.ended).rejects.toMatchObject({ code: 'fork_below_finality' })
  expect(await cursor()).toEqual({ ...(before as object), state: 'disputed' })
  await expect(ingest().ended).rejects.toMatchObject({ code: 'fork_below_finality' })
})

test('an endpoint of a chain with another first block is refused although it has the same chain id', async () => {
  await serve(chain, { head: 3, finalized: 0 })
  const run = ingest()
  await run.seen('live 3')
  await run.stop()
  await database.db.query(`UPDATE ref.networks SET genesis_hash = '\\xdead'`)
  await expect(ingest().ended).rejects.toMatchObject({ code: 'wrong_chain' })
})

test('an endpoint that answers without the first block once is asked again, and one that never has it is followed without it', async () => {
  const genesis = async () => (await database.db.query('SELECT genesis_hash AS hash FROM ref.networks'))[0]?.['hash']
  const lackFirst = (times: number): void => {
    const change = (result: unknown, [block]: readonly unknown[]) => (block === '0x0' ? null : result)
    for (let n = 0; n < times; n += 1) node.faults.add({ kind: 'result', method: 'eth_getBlockByNumber', change })
  }
  await serve(chain, { head: 3, finalized: 0 })
  lackFirst(2)
  const without = ingest()
  await without.seen('live 3')
  await without.stop()
  expect(await genesis()).toBeNull()
  lackFirst(1)
  const run = ingest()
  await run.seen('heads live')
  await run.stop()
  expect(await genesis()).toBe(chain.block(0)?.hash)
})

test('the finalized height never goes down, and a tag that errors leaves it where it was', async () => {
  await serve(chain, { head: 12, finalized: 6 })
  const run = ingest()
  await run.seen('live 12')
  node.setFinalized(4)
  node.setHead(13)
  await run.seen('live 13')
  node.setFinalized(null)
  node.setHead(14)
  await run.seen('live 14')
  await run.stop()
  expect(await cursor()).toMatchObject({ block_number: 14, finalized_number: 6 })
})

/** What the bus was told of a head, with the transaction that told it. */
async function told(topic: 'heads' | 'raw_events', height: number): Promise<{ xmin: string }[]> {
  const path = topic === 'heads' ? `payload->'head'->>'number'` : `payload->'completes'->0->>'to'`
  return await database.db.query<{ xmin: string }>(
    `SELECT xmin::text FROM system.outbox_events WHERE topic = $1 AND ${path} = $2 ORDER BY seq`,
    [`chain.polygon.${topic}`, String(height)],
  )
}

test('a new block costs its logs beside the look at the head, and is stored with the news of it', async () => {
  await serve(chain, { head: 10, finalized: 5 })
  const run = ingest()
  await run.seen('live 10')
  const before = node.calls.length
  node.setHead(11)
  await run.seen('live 11')
  await run.stop()
  const calls = node.calls.slice(before)
  expect(calls.filter(({ params }) => JSON.stringify(params).includes('"0xb"'))).toEqual([])
  const logs = calls.filter(({ method }) => method === 'eth_getLogs')
  // ERC-721 and the rest are asked for apart, both by the hash that the look at the head gave.
  expect(logs.map(({ params }) => Object(params[0]).blockHash)).toEqual([hashAt(chain, 11), hashAt(chain, 11)])
  const heads = await told('heads', 11)
  expect(heads).toHaveLength(1)
  expect(heads).toEqual(await told('raw_events', 11))
})

test('the head is told also while its block cannot be read, and once', async () => {
  await serve(chain, { head: 10, finalized: 5 })
  const adapter = replayAdapter([node.url])
  cleanup.push(() => adapter.close())
  let isBroken = true
  const block: typeof adapter.block = async (number) => {
    if (isBroken && number === 11) throw new FtError('rpc_transient', 'no logs today')
    return await adapter.block(number)
  }
  const run = startIngest(pool, network, { ...adapter, block }, { retryMs: 1 })
  await run.seen('live 10')
  node.setHead(11)
  await run.seen('retry no logs today')
  expect(await told('heads', 11)).toHaveLength(1)
  expect(await told('raw_events', 11)).toEqual([])
  isBroken = false
  await run.seen('live 11')
  await run.stop()
  expect(await told('heads', 11)).toHaveLength(1)
})
