import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { assetId, collectionId } from '../../src/core/ids.js'
import type { DevAction } from '../../src/devnet/actions.js'
import { type EvmDevnet, startEvmDevnet } from '../../src/devnet/evm.js'
import { counterpart, type DevOrder, FEE_ACCOUNT, listing, orderHash } from '../../src/devnet/seaport/order.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { type RunningSystem, startSystem } from '../support/system.js'

/*
 * Real Seaport 1.6 on a real node, indexed by the whole system: what is listed, sold, cancelled and voided there is in the API, and
 * a reorganisation takes it back.
 */

vi.setConfig({ testTimeout: 90_000 })

const quiet = { info: () => undefined, error: () => undefined }
const NATIVE = `0x${'00'.repeat(20)}`
let folder: string
let database: TestDatabase
let devnet: EvmDevnet
let system: RunningSystem
let salt = 0n

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'ft-seaport-'))
  devnet = await startEvmDevnet({ dataDir: join(folder, 'devnet'), blockTimeMs: null, seed: 5, log: quiet })
  system = await startSystem({
    DATABASE_URL: database.url,
    POLYGON_RPC_URL: `${devnet.rpcUrl},${devnet.wsUrl}`,
    POLYGON_START_BLOCK: '0',
  })
})

afterAll(async () => {
  await system.stop()
  await devnet.stop()
  await rm(folder, { recursive: true, force: true })
  await database.drop()
})

const account = (n: number): string => devnet.accounts[n] ?? ''
const tickets = (): string => devnet.contracts.erc721[0] ?? ''
const items = (): string => devnet.contracts.erc1155[0] ?? ''

/** Waits until answers are of the head. */
async function atHead(): Promise<void> {
  const projected = async () => (await system.client.listNetworks()).data[0]?.projected?.hash
  await expect.poll(projected, { timeout: 60_000, interval: 20 }).toBe(devnet.head().hash)
}

async function mine(...actions: readonly DevAction[]): Promise<void> {
  await devnet.mine(actions)
  await atHead()
}

/** Mints a ticket to an account, and gives its id. */
async function ticket(owner: number): Promise<bigint> {
  const minted = devnet.truth().filter(({ contract }) => contract === tickets()).length
  await mine({ kind: 'mint721', contract: tickets(), to: account(owner) })
  return BigInt(minted)
}

function selling(owner: number, tokenId: bigint, price: bigint, coin: string | null = null): DevOrder {
  salt += 1n
  const offerer = account(owner)
  const sold = { standard: 'erc721', contract: tickets(), tokenId, quantity: 1n } as const
  const counter = devnet.counter(offerer)
  return listing({ offerer, items: [sold], price, coin, creator: account(0), salt, counter })
}

const card = async (tokenId: bigint) =>
  (await system.client.getToken({ network: 'polygon', contract: tickets(), token_id: tokenId.toString() })).data

const listingsOf = async (contract: string) =>
  (await system.client.listCollectionListings({ id: collectionId('polygon', contract) })).data

async function activity(tokenId: bigint): Promise<string[]> {
  const { data } = await system.client.listAssetActivity({ id: assetId('polygon', tickets(), tokenId.toString()) })
  return data.map(({ kind }) => kind)
}

test('a listing that was signed and put on the chain by somebody else, and its sale with price, fee and royalty', async () => {
  const id = await ticket(1)
  const price = 4_000_000_000_000_000_000n
  const order = selling(1, id, price)
  await mine({ kind: 'validate', order, by: account(9) })
  const terms = { price: price.toString(), currency: NATIVE, currency_decimals: 18, marketplace: 'opensea' }
  expect(await card(id)).toMatchObject({
    owner: account(1),
    best_listing: { ...terms, seller: account(1), available: '1' },
    last_sale: null,
  })
  expect(await listingsOf(tickets())).toMatchObject([{ ...terms, order: orderHash(order), token_id: id.toString() }])

  await mine({ kind: 'fulfill', order, by: account(2) })
  expect(await card(id)).toMatchObject({ owner: account(2), best_listing: null, last_sale: terms })
  expect(await activity(id)).toEqual(['sale', 'transfer', 'list', 'mint'])
  const sales = await database.db.query(
    `SELECT seller, buyer, price::text, fees::text, royalties::text, confirmed, marketplace FROM market.sales_history`,
  )
  expect(sales).toEqual([
    {
      ...{ seller: account(1), buyer: account(2), price: price.toString(), confirmed: true, marketplace: 'opensea' },
      ...{ fees: (price / 40n).toString(), royalties: (price / 20n).toString() },
    },
  ])
  expect(FEE_ACCOUNT).not.toBe(account(0))
})

test('a cancelled listing is none, and a raised counter voids every listing of its maker and no other', async () => {
  const ids = [await ticket(3), await ticket(3), await ticket(3), await ticket(4)] as const
  const orders = ids.map((id, n) => selling(n === 3 ? 4 : 3, id, 400n))
  await mine(...orders.map((order) => ({ kind: 'validate', order, by: order.offerer }) as const))
  const listed = async () => {
    const cards = await Promise.all(ids.map(card))
    return cards.map(({ best_listing }) => best_listing !== null)
  }
  expect(await listed()).toEqual([true, true, true, true])
  const [first] = orders
  if (first === undefined) throw new Error('nothing is listed')
  await mine({ kind: 'cancel', order: first })
  expect(await listed()).toEqual([false, true, true, true])
  await mine({ kind: 'void', by: account(3) })
  expect(await listed()).toEqual([false, false, false, true])
  expect(devnet.counter(account(3))).not.toBe(0n)
  // what is signed with the counter of now is good
  await mine({ kind: 'validate', order: selling(3, ids[1], 440n), by: account(3) })
  expect(await listed()).toEqual([false, true, false, true])
})

test('a matched pair is one sale, a part of a listing leaves the rest for sale', async () => {
  const id = await ticket(5)
  const coin = devnet.contracts.erc20
  await mine({ kind: 'mint20', contract: coin, to: account(6), amount: 1_000n })
  const sold = selling(5, id, 800n, coin)
  salt += 1n
  const bought = counterpart(sold, { offerer: account(6), salt, counter: devnet.counter(account(6)) })
  await mine({ kind: 'validate', order: sold, by: account(5) }, { kind: 'match', sold, bought, by: account(7) })
  expect(await card(id)).toMatchObject({
    ...{ owner: account(6), best_listing: null },
    last_sale: { price: '800', currency: coin },
  })
  expect((await activity(id)).filter((kind) => kind === 'sale')).toHaveLength(1)

  const units = [{ id: 3n, amount: 10n }]
  await mine({ kind: 'mint1155', contract: items(), to: account(7), items: units, batch: false })
  salt += 1n
  const order = listing({
    ...{ offerer: account(7), price: 40_000n, coin: null, creator: account(0), salt, partial: true },
    items: [{ standard: 'erc1155', contract: items(), tokenId: 3n, quantity: 10n }],
    counter: devnet.counter(account(7)),
  })
  await mine({ kind: 'validate', order, by: account(7) })
  await mine({ kind: 'fulfill', order, by: account(8), units: 4n })
  expect(await listingsOf(items())).toMatchObject([{ quantity: '10', available: '6', unit_price: '4000' }])
  await mine({
    kind: 'move1155',
    contract: items(),
    from: account(7),
    to: account(2),
    items: [{ id: 3n, amount: 4n }],
    batch: false,
  })
  expect(await listingsOf(items())).toMatchObject([{ available: '2' }])
})

test('a sale that a reorganisation takes back makes the listing active again, as a cancellation does that is gone', async () => {
  const ids = [await ticket(1), await ticket(1)] as const
  const [sold, cancelled] = ids.map((id) => selling(1, id, 4_000n)) as [DevOrder, DevOrder]
  await mine({ kind: 'validate', order: sold, by: account(1) }, { kind: 'validate', order: cancelled, by: account(1) })
  await mine({ kind: 'fulfill', order: sold, by: account(2) }, { kind: 'cancel', order: cancelled })
  const states = async () => {
    const cards = await Promise.all(ids.map(card))
    return cards.map(({ owner, best_listing, last_sale }) => [owner, best_listing?.price, last_sale?.price])
  }
  expect(await states()).toEqual([
    [account(2), undefined, '4000'],
    [account(1), undefined, undefined],
  ])
  await devnet.reorg(1, [[], []])
  await atHead()
  expect(await states()).toEqual([
    [account(1), '4000', undefined],
    [account(1), '4000', undefined],
  ])
  expect(await activity(ids[0])).toEqual(['list', 'mint'])
  // and it can be bought on the branch that stayed
  await mine({ kind: 'fulfill', order: sold, by: account(3) })
  expect((await states())[0]).toEqual([account(3), undefined, '4000'])
})

test('whatever happens at Seaport, what is for sale is what its orders and the holdings say', async () => {
  await devnet.mineActivity(80)
  await atHead()
  await devnet.reorg(1, [[], []])
  await devnet.mineActivity(10)
  await atHead()
  const held = new Map(
    devnet
      .truth()
      .map(({ contract, tokenId, owner, quantity }) => [`${contract}:${tokenId}:${owner}`, BigInt(quantity)]),
  )
  const expected = devnet.orders().flatMap(({ hash, order, left }) => {
    const [item] = order.offer
    const has = held.get(`${item?.token}:${item?.identifierOrCriteria}:${order.offerer}`) ?? 0n
    const available = has < left ? (order.orderType === 1 ? has : 0n) : left
    return available === 0n ? [] : [`${hash} ${available}`]
  })
  const rows = await database.db.query<{ row: string }>(
    `SELECT '0x' || encode(order_hash, 'hex') || ' ' || available AS row FROM market.listings_current WHERE status = 'active'`,
  )
  expect(rows.map(({ row }) => row).sort()).toEqual(expected.sort())
  expect(expected.length).toBeGreaterThan(5)
  expect(await database.db.query('SELECT reason FROM system.dlq')).toEqual([])
})
