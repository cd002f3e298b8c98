import { createHash } from 'node:crypto'
import { expect, onTestFinished } from 'vitest'
import { createPool, type Db } from '../../src/core/db.js'
import { type HoldingQuestion, isMovement } from '../../src/core/events.js'
import { assetId } from '../../src/core/ids.js'
import type { Network } from '../../src/core/networks.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { Openings } from '../../src/pipeline/openings.js'
import { rebuildProjections } from '../../src/pipeline/rebuild/rebuild.js'
import type { Ask } from '../../src/pipeline/reconcile.js'
import { createTestDatabase } from '../support/database.js'
import { heldBefore } from '../support/world/heldBefore.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { buildBlock, factsOf, type Leg, MULTIS, randomTransaction, type Transaction } from '../support/world/world.js'

/* A chain that is indexed from the middle of its history, and contracts that know what was held before. */

export const START = 100
export const never = new AbortController().signal

export interface Asked {
  readonly ask: Ask
  readonly questions: HoldingQuestion[]
}

/** The contracts, as of the block before the first one; one that held nothing for anybody may also refuse. */
export function contracts(before = START - 1): Asked {
  const questions: HoldingQuestion[] = []
  const ask: Ask = (asked, block) => {
    expect(block).toBe(before)
    questions.push(...asked)
    return Promise.resolve(
      asked.map((question) => {
        const quantity = heldBefore(question)
        return quantity === 0n && question.tokenId === 0n ? null : quantity.toString()
      }),
    )
  }
  return { ask, questions }
}

export interface World {
  readonly db: Db
  readonly network: Network
  /** A pool of the role that the task has. */
  readonly pool: Db
}

export async function world(start = START): Promise<World> {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const network = await worldNetwork(database.db)
  await database.db.query('SELECT system.set_start_block($1, $2, false)', [network.id, start])
  const pool = createPool({ url: database.url, role: 'ft_pipeline', max: 4 })
  onTestFinished(() => pool.end())
  return { db: database.db, network, pool }
}

export function blocksFrom(seed: number, length: number, parent: ChainBlock | null = null, salt = ''): ChainBlock[] {
  const random = createRandom(seed)
  const blocks: ChainBlock[] = []
  for (let i = 0; i < length; i += 1) {
    const transactions = Array.from({ length: random.int(4) }, (_, t) =>
      randomTransaction(random, seed * 1e6 + i * 1000 + t),
    )
    blocks.push(buildBlock(blocks.at(-1) ?? parent, transactions, { number: START, salt }))
  }
  return blocks
}

export const leg = (from: string | null, to: string | null, tokenId: string, quantity = '1'): Leg => ({
  ...{ standard: 'erc1155', contract: MULTIS[0] ?? '', tokenId, from, to, quantity },
  kind: from === null ? 'mint' : to === null ? 'burn' : 'transfer',
})
export const one = (name: string, ...legs: Leg[]): Transaction => ({
  hash: `0x${createHash('sha256').update(name).digest('hex')}`,
  events: legs.map((each) => [each]),
})

export async function finalize({ db, network }: World, number: number): Promise<void> {
  await db.query('UPDATE projection.network_status SET finalized_number = $2 WHERE network_id = $1', [
    network.id,
    number,
  ])
}

export function tipOf(blocks: readonly ChainBlock[]): number {
  return blocks.at(-1)?.header.number ?? 0
}

/** Reads blocks as final ones and opens their balances. */
export async function read(into: World, blocks: readonly ChainBlock[], ask = contracts().ask): Promise<number> {
  await fuse(into.db, into.network, blocks)
  await finalize(into, tipOf(blocks))
  return (await new Openings(into.pool, into.network, ask).look(never)).opened
}

/** What holdings come to, by the simplest means: what each account that moved held before, and all that it moved. */
export function expectedHoldings(blocks: readonly ChainBlock[]): string[] {
  const sums = new Map<string, bigint>()
  for (const { contract, tokenId, standard, kind, from, to, quantity } of blocks.flatMap(factsOf)) {
    if (standard !== 'erc1155' || contract === null || tokenId === null) continue
    if (!isMovement(kind)) continue
    for (const [account, change] of [[from, -quantity] as const, [to, quantity] as const]) {
      if (account === null) continue
      const key = `${assetId('polygon', contract, tokenId)} ${account}`
      sums.set(key, (sums.get(key) ?? heldBefore({ contract, tokenId, account })) + change)
    }
  }
  return [...sums].flatMap(([key, sum]) => (sum === 0n ? [] : [`${key} ${sum}`])).sort()
}

export async function holdings(db: Db): Promise<string[]> {
  const rows = await db.query<{ row: string }>(
    `SELECT o.asset_id || ' 0x' || encode(o.account_address, 'hex') || ' ' || o.quantity AS row
     FROM market.ownership_current o JOIN catalog.assets a USING (asset_id) WHERE a.standard = 'erc1155'`,
  )
  return rows.map(({ row }) => row).sort()
}

/** The opening balances that are in force, by id. */
export async function openingsIn(db: Db): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `SELECT k.source_event_id AS id FROM ledger.normalized_event_keys k
     JOIN ledger.normalized_events e USING (source_event_id, sub_index, incarnation)
     WHERE e.event_kind = 'opening_balance' AND NOT e.reverts AND NOT k.is_reverted ORDER BY 1`,
  )
  return rows.map(({ id }) => id)
}

export async function expectRebuilt({ db, network }: World): Promise<void> {
  expect(await rebuildProjections({ db, networks: [network], swap: false, settleMs: 0 })).toEqual([])
}
