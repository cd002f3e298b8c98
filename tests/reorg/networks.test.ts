import { expect, test, vi } from 'vitest'
import { pruneHeaders } from '../../src/ingest/prune.js'
import { rewind } from '../../src/ingest/rewind.js'
import { retireApplied } from '../../src/pipeline/retire.js'
import { takeBackBlocks } from '../../src/pipeline/rewind.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { buildChain, forkAt, type LogSpec, type ReplayChain } from '../support/replay/chain.js'
import type { Replay } from '../support/replay/server.js'
import { createRigs, type Rig } from '../support/rig.js'
import { allRows } from '../support/world/snapshot.js'
import { ALICE, BOB, CAROL, give, mint, move, serve, tip } from './chains.js'

/*
 * Networks share every table, and their blocks have the same numbers. Two of them live through backfill, live blocks, forks, finality, a rewind
 * and the removal of old records, once in one database and once in one each.
 */

vi.setConfig({ testTimeout: 240_000 })

const CHAINS = [
  { name: 'polygon', chainId: 137 },
  { name: 'base', chainId: 8453 },
] as const
const ZERO = `0x${'00'.repeat(20)}`

/** What a network lives through. */
interface Life {
  readonly chain: ReplayChain
  readonly forked: ReplayChain
  /** Final at first, final later, and the height that it is taken back to. */
  readonly final: readonly [number, number]
  readonly to: number
}

const mints = (from: number, count: number): LogSpec[][] =>
  Array.from({ length: count }, (_, i) => [mint(from + i), give(i % 3, 5, ZERO, ALICE)])

function lifeOf(chainId: number, ancestor: number, final: readonly [number, number], to: number): Life {
  const tokens = chainId
  const chain = buildChain([...mints(tokens, 28), [move(tokens, ALICE, BOB)], [give(1, 2, ALICE, BOB)]], { chainId })
  // Some of the tokens that were orphaned are minted again at other heights, others never.
  const other = [...mints(tokens + ancestor + 3, 4), [move(tokens + 1, ALICE, CAROL)], [], ...mints(tokens + 500, 8)]
  return { chain, forked: forkAt(chain, ancestor, other, { salt: `fork ${tokens}` }), final, to }
}

const lives: readonly [Life, Life] = [lifeOf(137, 20, [11, 26], 18), lifeOf(8453, 16, [8, 24], 14)]

async function readAndFork(rig: Rig, node: Replay, { chain, forked }: Life): Promise<void> {
  const run = rig.ingest([node.url])
  await rig.at(tip(chain))
  node.setChain(forked)
  await rig.at(tip(forked))
  await run.stop()
}

async function rewindAndReadAgain(rig: Rig, node: Replay, { forked, final, to }: Life): Promise<void> {
  const { pool, network } = rig
  node.setFinalized(final[1])
  const run = rig.ingest([node.url])
  const finalized = async () => (await rig.get(`/api/v1/networks/${network.name}`))['data']
  await expect.poll(finalized, { timeout: 30_000 }).toMatchObject({ finalized: { number: final[1] } })
  await run.stop()
  const adapter = replayAdapter([node.url], { network: network.name, chainId: forked.chainId })
  const takeBack = (tx: Parameters<typeof takeBackBlocks>[0], step: Parameters<typeof takeBackBlocks>[2]) =>
    takeBackBlocks(tx, network, step)
  await rewind({ db: pool, network, adapter, to, takeBack })
  await adapter.close()
  const again = rig.ingest([node.url])
  await rig.at(tip(forked))
  await again.stop()
}

/**
 * Rows of a database with both networks, of which those live whose numbers are given, one within the other: when all has been read, and when
 * old records are gone. With a number only, those of that network and those that name none.
 */
async function live(numbers: readonly number[]): Promise<string[]> {
  const rigs = await createRigs(CHAINS)
  await rigs[0]?.startPipeline()
  const living = await Promise.all(
    numbers.map(async (number) => {
      const [rig, life] = [rigs[number], lives[number]]
      if (rig === undefined || life === undefined) throw new Error(`there is no network ${number}`)
      return { rig, life, node: await serve(life.chain, { finalized: life.final[0] }) }
    }),
  )
  for (const { rig, life, node } of living) await readAndFork(rig, node, life)
  for (const { rig, life, node } of living.toReversed()) await rewindAndReadAgain(rig, node, life)
  const rows: string[] = []
  for (const { rig } of living) rows.push(...(await rowsOf(rig, living.length === 1)).map((row) => `read ${row}`))
  for (const { rig, life } of living) {
    await retireApplied(rig.db, rig.network, 1_000_000)
    await pruneHeaders(rig.db, rig.network, life.to)
  }
  for (const { rig } of living) rows.push(...(await rowsOf(rig, living.length === 1)))
  return [...new Set(rows)].sort()
}

/** What a database knows, without what counts looks and processes; `own`: only of the rig's network, and what names none. */
async function rowsOf({ db, network }: Rig, own: boolean): Promise<string[]> {
  const tables = await allRows(db)
  for (const name of ['ledger.applied_events', 'ledger.applied_ranges', 'system.sync_cursors']) {
    const rows = await db.query<{ row: string }>(`SELECT (to_jsonb(t) - 'updated_at')::text AS row FROM ${name} t`)
    tables.push({ table: name, rows: rows.map(({ row }) => row) })
  }
  const rows = tables.flatMap(({ table, rows }) => rows.map((row) => ({ table, ...JSON.parse(row) })))
  return rows
    .map(({ found_at, heads_order, heads_sent, lease_epoch, ...row }) => row)
    .filter((row) => !own || row.network_id === undefined || row.network_id === network.id)
    .map((row) => JSON.stringify(row))
}

test('what happens to one network is nothing to another that has the same heights', async () => {
  const alone = [...(await live([0])), ...(await live([1]))]
  expect(await live([0, 1])).toEqual([...new Set(alone)].sort())
})
