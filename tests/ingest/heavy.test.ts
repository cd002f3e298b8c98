import { expect, test } from 'vitest'
import type { BlockSpan } from '../../src/core/events.js'
import { type FillOptions, fill, planFill } from '../../src/ingest/fill.js'
import { applyBlocks } from '../../src/pipeline/fused.js'
import { serve, tip } from '../reorg/chains.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { buildChain } from '../support/replay/chain.js'
import { address, consecutive, ZERO } from '../support/replay/specs.js'
import { createRig } from '../support/rig.js'

/* One log of ERC-2309 stands for thousands of movements: what a transaction and a message take is counted in these. */

const NFT = address('nft', 1)
const ALICE = address('account', 1)
const EACH = 8_000n
const minted = (n: number) =>
  consecutive({
    contract: NFT,
    from: ZERO,
    to: ALICE,
    first: BigInt(n) * EACH,
    last: BigInt(n + 1) * EACH - 1n,
    tx: `mint ${n}`,
  })
const mints = (from: number, count: number) => Array.from({ length: count }, (_, i) => minted(from + i))

test('logs that stand for thousands of movements fill transactions of history, and messages of a live block', {
  timeout: 120_000,
}, async () => {
  const chain = buildChain([...mints(0, 6).map((mint) => [mint]), mints(6, 5)])
  const node = await serve(chain, { finalized: 6 })
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest([node.url])
  await rig.at(tip(chain))
  expect(run.events.filter((event) => event.startsWith('backfill'))).toEqual(['backfill 0-3', 'backfill 4-6'])
  const messages = await rig.db.query(
    `SELECT json_array_length(payload->'events') AS events FROM system.outbox_events WHERE topic LIKE 'chain.%.raw_events' ORDER BY seq`,
  )
  expect(messages).toEqual([{ events: 2 }, { events: 2 }, { events: 1 }])
  expect(await rig.db.query('SELECT count(*)::int AS count FROM projection.ownership_view')).toEqual([
    { count: 11 * Number(EACH) },
  ])
})

test('and those of history that is read later', { timeout: 120_000 }, async () => {
  const chain = buildChain([...mints(0, 6).map((mint) => [mint]), []])
  const node = await serve(chain, { finalized: 7 })
  const rig = await createRig()
  const run = rig.ingest([node.url], { start: { kind: 'height', height: 7 } })
  await run.seen('backfill 7-7')
  const adapter = replayAdapter([node.url])
  try {
    const options: FillOptions = {
      ...{ db: rig.pool, network: rig.network, adapter, scope: 'all', signal: new AbortController().signal },
      applyBlocks: (tx, blocks, events) => applyBlocks(tx, rig.network, adapter.parse, blocks, events),
      onExtend: () => Promise.resolve(),
    }
    const filled: BlockSpan[] = []
    const plan = await planFill(rig.db, rig.network, 'all', { from: 0, to: 6 })
    await fill(options, plan, (blocks) => filled.push(blocks))
    // Seven blocks at once, and then three, are more than a transaction takes.
    expect(filled).toEqual([6, 5, 4, 3, 2, 1, 0].map((height) => ({ from: height, to: height })))
  } finally {
    await adapter.close()
  }
})
