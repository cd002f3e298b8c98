import { expect, test } from 'vitest'
import { addressToBytea } from '../../src/core/address.js'
import { collectionId, itemAssetId } from '../../src/core/ids.js'
import type { ListDetails } from '../../src/core/market.js'
import { registerNetwork } from '../../src/core/networks.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { inShadow } from '../../src/pipeline/rebuild/rebuild.js'
import { reconcile } from '../../src/pipeline/reconcile.js'
import { createTestDatabase } from '../support/database.js'
import { deliverAnyhow, fuse, NETWORK, publishBlock, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { allRows } from '../support/world/snapshot.js'
import { buildBlock, type Transaction } from '../support/world/world.js'

/*
 * Assets that are contracts of their own (TON): named by their own address, with a collection or without one.
 */

const address = (last: number): string => `0:${last.toString(16).padStart(64, '0')}`
const accounts = Array.from({ length: 5 }, (_, n) => address(0xa0 + n))
const collection = address(0xc0)
const items = Array.from({ length: 8 }, (_, n) => ({
  item: address(n + 1),
  // every second belongs to no collection; those have an index all the same, and it is not theirs alone
  contract: n % 2 === 0 ? collection : null,
  tokenId: n === 0 ? String(2n ** 256n - 1n) : String(n % 3),
}))

/** Mints all items, then moves and burns them at random. */
function itemChain(seed: number): ChainBlock[] {
  const random = createRandom(seed)
  const owners = new Map<string, string>()
  const blocks: ChainBlock[] = []
  for (let height = 0; height < 12; height += 1) {
    const transactions = items.flatMap((names, n): Transaction[] => {
      const from = owners.get(names.item) ?? null
      if (from !== null && random.chance(0.4)) return []
      const to = from !== null && random.chance(0.1) ? null : random.pick(accounts)
      if (to === null) owners.delete(names.item)
      else owners.set(names.item, to)
      const kind = from === null ? ('mint' as const) : to === null ? ('burn' as const) : ('transfer' as const)
      const hash = `0x${(height * 100 + n).toString(16).padStart(64, '0')}`
      return [{ hash, events: [[{ ...names, kind, standard: 'tep62', from, to, quantity: '1' }]] }]
    })
    blocks.push(buildBlock(blocks.at(-1) ?? null, transactions))
  }
  return blocks
}

test('items leave the same rows fused and live, and their addresses are their names', async () => {
  const chain = itemChain(3)
  const fused = await createTestDatabase()
  const live = await createTestDatabase()
  try {
    const network = await worldNetwork(fused.db)
    for (let at = 0; at < chain.length; at += 5) await fuse(fused.db, network, chain.slice(at, at + 5))
    const liveNetwork = await worldNetwork(live.db)
    const random = createRandom(4)
    for (const block of chain) await publishBlock(live.db, liveNetwork, block, random)
    await deliverAnyhow(live.db, liveNetwork, random)
    expect(await allRows(live.db)).toEqual(await allRows(fused.db))

    const cards = await fused.db.query<{
      asset_id: string
      collection_id: string | null
      address: string
      token: string
    }>('SELECT asset_id, collection_id, address, token_id::text AS token FROM projection.asset_cards')
    const expected = items.map(({ item, contract, tokenId }) => ({
      asset_id: itemAssetId(NETWORK, item),
      collection_id: contract === null ? null : collectionId(NETWORK, contract),
      address: `0x${addressToBytea(item).slice(2)}`,
      token: tokenId,
    }))
    expect(cards).toHaveLength(expected.length)
    expect(cards).toEqual(expect.arrayContaining(expected))
  } finally {
    await fused.drop()
    await live.drop()
  }
})

test('an item that its sale contract holds is its seller’s in the cards, on whichever workchain, until it moves again within the block', async () => {
  const { db, drop } = await createTestDatabase()
  try {
    const network = await registerNetwork(db, {
      ...{ name: NETWORK, chain: 'ton', chainId: -239, finality: { rule: 'depth', depth: 0 }, scope: 'all' },
      ...{ nativeCurrency: { symbol: 'TON', decimals: 9 }, endpoints: [] },
    })
    await db.query('SELECT system.ensure_partitions($1, 0, 0)', [network.id])
    const onMasterchain = (last: number): string => address(last).replace('0:', '-1:')
    const sales = [
      { holder: address(0x50), seller: address(0xa0) },
      { holder: address(0x51), seller: onMasterchain(0xa1) },
      { holder: onMasterchain(0x52), seller: address(0xa2) },
      { holder: address(0x53), seller: address(0xa3) },
    ]
    const events = sales.flatMap(({ holder, seller }, n): Transaction['events'] => {
      const token = {
        standard: 'tep62',
        item: address(n + 1),
        contract: collection,
        tokenId: String(n),
        quantity: '1',
      } as const
      const details: ListDetails = {
        ...{ protocol: 'getgems-sale-v3r3', market: holder, marketplace: 'getgems', order: holder },
        side: 'listing',
        ...{ seller, holder, items: [token], bundleSize: 1, price: '5', endPrice: null, currency: address(0) },
        ...{ startsAt: null, endsAt: null, partial: false, taker: null, auction: null },
      }
      return [
        [{ ...token, kind: 'mint', from: null, to: seller }],
        [
          { ...token, kind: 'transfer', from: seller, to: holder },
          { ...token, kind: 'list', from: seller, to: null, details },
        ],
        // The last one is sold, and its buyer sends it to the contract that has traded it: nobody sells it any more
        ...(n < 3
          ? []
          : [
              [{ ...token, kind: 'transfer' as const, from: holder, to: seller }],
              [{ ...token, kind: 'transfer' as const, from: seller, to: holder }],
            ]),
      ]
    })
    await fuse(db, network, [buildBlock(null, [{ hash: `0x${'01'.repeat(32)}`, events }])])
    const owners = await db.query('SELECT owner FROM projection.asset_cards ORDER BY token_id')
    const shown = sales.map(({ holder, seller }, n) => (n < 3 ? seller : holder))
    expect(owners).toEqual(shown.map((account) => ({ owner: `0x${addressToBytea(account).slice(2)}` })))
    expect(await db.transaction((tx) => inShadow(tx, 'all'))).toEqual([])
  } finally {
    await drop()
  }
})

test('reconciliation asks the items themselves, also those without a collection', async () => {
  const chain = itemChain(5)
  const { db, drop } = await createTestDatabase()
  try {
    const network = await worldNetwork(db)
    await fuse(db, network, chain)
    await db.query('UPDATE projection.network_status SET finalized_number = projected_number')
    const asked = new Set<string>()
    await reconcile(db, network, 100, async (questions) => {
      for (const { contract } of questions) asked.add(contract)
      return questions.map(() => null)
    })
    expect([...asked].sort()).toEqual(items.map(({ item }) => item).sort())
  } finally {
    await drop()
  }
})
