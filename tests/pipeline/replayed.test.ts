import { expect, test } from 'vitest'
import { replayDeadLetters } from '../../src/bus/deadLetters.js'
import type { Db } from '../../src/core/db.js'
import type { Parser } from '../../src/core/events.js'
import type { Network } from '../../src/core/networks.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { parseEvm } from '../../src/ingest/evm/parse.js'
import { storeBlocks } from '../../src/ingest/store.js'
import { applyBlocks } from '../../src/pipeline/fused.js'
import { normalizeStage } from '../../src/pipeline/stages.js'
import { recordedEvents } from '../evm/recordedEvents.js'
import { createTestDatabase } from '../support/database.js'
import { evmRecording } from '../support/mainnet.js'
import { recordedChain } from '../support/replay/recorded.js'
import { deliverTopic, NETWORK, publishBlock, worldNetwork } from '../support/world/pipeline.js'
import { createRandom, type Random } from '../support/world/random.js'
import { allRows } from '../support/world/snapshot.js'

/*
 * A replayed dead letter means what it would have meant if it could have been read at first, together with its transaction: recorded sales
 * of Seaport, of which a first version cannot read some orders.
 */

function chainOf(name: string): ChainBlock[] {
  const recording = evmRecording(name)
  const events = recordedEvents(recording)
  return recordedChain([recording]).withLogs.map(({ number, hash, parentHash, timestamp }) => ({
    header: { number, hash, parentHash, time: timestamp },
    events: events.filter((event) => event.blockNumber === number),
  }))
}

/** Cannot read some of the events, which its other events then mean nothing to. */
const without =
  (unread: ReadonlySet<string>): Parser =>
  (raws) => {
    const { facts, failures } = parseEvm(raws.filter(({ sourceEventId }) => !unread.has(sourceEventId)))
    const failed = raws.filter(({ sourceEventId }) => unread.has(sourceEventId))
    return {
      facts,
      failures: [...failures, ...failed.map(({ sourceEventId }) => ({ sourceEventId, reason: 'not understood' }))],
    }
  }

/** A block in one message: transactions are never cut. */
const UNCUT: Random = { ...createRandom(0), int: () => 0 }

async function readBy(db: Db, network: Network, parse: Parser, way: 'live' | 'in bulk', chain: readonly ChainBlock[]) {
  for (const block of chain) {
    const { number } = block.header
    await db.query('SELECT system.ensure_partitions($1, $2, $2)', [network.id, number])
    if (way === 'live') await publishBlock(db, network, block, UNCUT)
    else {
      await db.transaction(async (tx) => {
        const span = { from: number, to: number }
        await applyBlocks(tx, network, parse, span, await storeBlocks(tx, network, [block]))
      })
    }
  }
  await deliver(db, network, parse)
}

async function deliver(db: Db, network: Network, parse: Parser): Promise<void> {
  const networks = new Map([[NETWORK, { network, parse }]])
  await deliverTopic(db, network, 'chain.{network}.raw_events', (tx, _, messages) =>
    normalizeStage(tx, networks, messages),
  )
  await deliverTopic(db, network, 'ledger.normalized')
  await deliverTopic(db, network, 'market.ownership')
}

async function shown(db: Db) {
  return (await allRows(db)).filter(({ table }) => /^(market|projection)\./.test(table))
}

test.each([
  ['eth-seaport-1.4.json', 'live', 1],
  ['eth-seaport-1.4.json', 'in bulk', 2],
  ['eth-seaport-1.5.json', 'live', 3],
  ['eth-seaport-1.5.json', 'in bulk', 4],
] as const)('%s, read %s: orders that are replayed give the sales of their transactions', async (name, way, seed) => {
  const chain = chainOf(name)
  const [{ db, drop }, right] = [await createTestDatabase(), await createTestDatabase()]
  try {
    await readBy(right.db, await worldNetwork(right.db, true), parseEvm, way, chain)
    const truth = await shown(right.db)
    const random = createRandom(seed)
    const sold = chain.flatMap(({ events }) => events).filter((event) => event.contract.startsWith('0x0000000000'))
    const unread = new Set(sold.filter(() => random.chance(0.5)).map(({ sourceEventId }) => sourceEventId))
    const network = await worldNetwork(db, true)
    await readBy(db, network, without(unread), way, chain)
    expect(await shown(db)).not.toEqual(truth)
    for (let letters = await replayDeadLetters(db, {}); letters.length > 0; letters = await replayDeadLetters(db, {})) {
      await deliver(db, network, parseEvm)
    }
    expect(await shown(db)).toEqual(truth)
  } finally {
    await drop()
    await right.drop()
  }
})
