import { expect, test } from 'vitest'
import { replayDeadLetters } from '../../src/bus/deadLetters.js'
import type { Db } from '../../src/core/db.js'
import type { Parser } from '../../src/core/events.js'
import { normalizeStage } from '../../src/pipeline/stages.js'
import { createTestDatabase } from '../support/database.js'
import { buyer, chainOf, lists, moves, seller, sells } from '../support/world/marketChain.js'
import { deliverAnyhow, deliverTopic, fuse, NETWORK, publishBlock, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { allRows } from '../support/world/snapshot.js'
import { worldParser } from '../support/world/world.js'

/*
 * One event that says several things (a TON transaction is a transfer and a sale), of which one cannot be right.
 */

const [sold] = [[...moves(seller, buyer), ...sells({ price: '-1' }), ...lists({ order: `0x${'0e'.repeat(32)}` })]]
const chain = chainOf([moves(null, seller)], [sold])

/** As a later version reads it: the price is known. */
const fixed: Parser = (events) => {
  const { facts, failures } = worldParser(events)
  const right = facts.map((fact) => {
    if (fact.kind !== 'sale' || fact.details === null) return fact
    return { ...fact, details: { ...fact.details, price: '5' } }
  })
  return { facts: right, failures }
}

async function stateOf(db: Db) {
  const owners = await db.query<{ owner: string }>(
    'SELECT account_address AS owner FROM market.ownership_current WHERE quantity > 0',
  )
  const letters = await db.query('SELECT code, reason FROM system.dlq WHERE resolved_at IS NULL')
  const sales = await db.query<{ price: bigint }>('SELECT price FROM market.sales_history')
  const listings = await db.query('SELECT FROM market.listings_current')
  return {
    owners: owners.map(({ owner }) => owner),
    letters: letters.map(({ code, reason }) => `${code} ${reason}`),
    sales: sales.map(({ price }) => price),
    listings: listings.length,
  }
}

const wrong = {
  ...{ owners: [buyer], sales: [], listings: 1 },
  letters: [expect.stringContaining('event_undecodable details of a sale')],
}

test.each(['live', 'in bulk'])(
  'what is wrong with a sale keeps it out, not its transfer; its replay adds it once (%s)',
  async (way) => {
    const { db, drop } = await createTestDatabase()
    const random = createRandom(3)
    try {
      const network = await worldNetwork(db, true)
      if (way === 'live') {
        for (const block of chain) await publishBlock(db, network, block, random)
        await deliverAnyhow(db, network, random)
        await db.query('UPDATE system.outbox_events SET published_at = now()')
      } else await fuse(db, network, chain)
      expect(await stateOf(db)).toEqual(wrong)

      const replay = async (parse: Parser) => {
        expect(await replayDeadLetters(db, { network: NETWORK })).toHaveLength(1)
        const networks = new Map([[NETWORK, { network, parse }]])
        await deliverTopic(db, network, 'chain.{network}.raw_events', (tx, _, messages) =>
          normalizeStage(tx, networks, messages),
        )
        await deliverTopic(db, network, 'ledger.normalized')
        await deliverTopic(db, network, 'market.ownership')
      }
      const ledger = async () => (await allRows(db)).find(({ table }) => table === 'ledger.normalized_events')?.rows
      const before = await ledger()
      await replay(worldParser)
      expect(await stateOf(db)).toEqual(wrong)
      expect(await ledger()).toEqual(before)
      await replay(fixed)
      expect(await stateOf(db)).toEqual({ ...wrong, sales: [5n], letters: [] })
      expect(await ledger()).toHaveLength((before?.length ?? 0) + 1)
    } finally {
      await drop()
    }
  },
)
