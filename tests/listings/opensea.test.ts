import { expect, onTestFinished, test } from 'vitest'
import { detailsProblem } from '../../src/core/market.js'
import { bid, type DevOrder, FEE_ACCOUNT, listing, type OrderTerms, orderHash } from '../../src/devnet/seaport/order.js'
import { openseaSource } from '../../src/ingest/evm/opensea/source.js'
import { orderHashOf } from '../../src/ingest/evm/orderHash.js'
import type { ListingSource, OffchainPage } from '../../src/ingest/listings/source.js'
import { type ListingServer, listingServer, shown } from './server.js'

/*
 * The reader of OpenSea's listings, against a server of the test.
 */

const seller = `0x${'51'.repeat(20)}`
const creator = `0x${'c1'.repeat(20)}`
const nft = `0x${'aa'.repeat(20)}`
const coin = `0x${'ee'.repeat(20)}`
const signal = new AbortController().signal

function terms(tokenId: bigint, more: Partial<OrderTerms> = {}): OrderTerms {
  const items = [{ standard: 'erc721', contract: nft, tokenId, quantity: 1n } as const]
  return { offerer: seller, items, price: 4_000n, coin: null, creator, salt: tokenId, counter: 7n, ...more }
}
const order = (tokenId: bigint, more: Partial<OrderTerms> = {}): DevOrder => listing(terms(tokenId, more))

function sourceOf({ url }: ListingServer): ListingSource {
  const source = openseaSource({
    ...{ network: 'polygon', chainId: 137, url, key: 'the-key', collections: ['some things'] },
    ...{ requestsPerSecond: 1_000, backoffMs: { initial: 1, max: 5 } },
  })
  onTestFinished(() => source.close())
  return source
}

async function pagesOf(source: ListingSource): Promise<OffchainPage[]> {
  const pages: OffchainPage[] = []
  for await (const page of source.pages('some things', signal)) pages.push(page)
  return pages
}

test('reads every page with the key, and gives terms with price, fee account and counter', async () => {
  const server = await listingServer()
  server.pages = [[shown(order(1n)), shown(order(2n, { coin }))], [shown(order(3n))]]
  const pages = await pagesOf(sourceOf(server))
  expect(server.asked).toEqual([
    { path: '/api/v2/listings/collection/some%20things/all?limit=100', key: 'the-key' },
    { path: '/api/v2/listings/collection/some%20things/all?limit=100&next=1', key: 'the-key' },
  ])
  expect(pages.map(({ orders, refused }) => [orders.length, refused.length])).toEqual([
    [2, 0],
    [1, 0],
  ])
  const orders = pages.flatMap((page) => page.orders)
  expect(orders.map(({ details }) => detailsProblem({ kind: 'list', details }))).toEqual([null, null, null])
  expect(FEE_ACCOUNT).toBe('0x0000a26b00c1f0df003000390027140000faa719')
  expect(orders[1]).toMatchObject({
    counter: 7n,
    details: {
      ...{ order: orderHash(order(2n, { coin })), seller, price: '4000', currency: coin, marketplace: 'opensea' },
      ...{ protocol: 'seaport-1.6', partial: false, taker: null, endsAt: 4_102_444_800, startsAt: 0 },
      items: [{ standard: 'erc721', contract: nft, tokenId: '2', quantity: '1' }],
    },
  })
})

test('the hash of an order is the one that EIP-712 gives', () => {
  const orders = [order(1n), bid({ ...terms(2n), coin }), order(3n, { counter: 2n ** 250n, salt: 2n ** 256n - 1n })]
  expect(orders.map((one) => orderHashOf(one))).toEqual(orders.map((one) => orderHash(one)))
})

test('what is odd is refused with its reason, and hides nothing else', async () => {
  const server = await listingServer()
  const good = shown(order(1n))
  const other = shown(order(2n))
  server.pages = [
    [
      shown(order(5n), { order_hash: orderHash(order(6n)) }),
      shown(order(5n), { chain: 'ethereum' }),
      shown(order(5n), { protocol_address: nft }),
      shown(bid({ ...terms(5n), coin })),
      { ...other, protocol_data: null },
      'nonsense',
      { order_hash: 5 },
      good,
    ],
  ]
  const [page] = await pagesOf(sourceOf(server))
  expect(page?.orders.map(({ details }) => details.order)).toEqual([orderHash(order(1n))])
  expect(page?.refused.map(({ reason }) => reason)).toEqual([
    expect.stringContaining(`its parameters have the hash ${orderHash(order(5n))}`),
    'is of the chain ethereum',
    `${nft} is no Seaport that is known`,
    'does not sell NFTs for one currency',
    expect.stringContaining('protocol_data'),
    expect.stringContaining('expected object'),
    expect.stringContaining('order_hash'),
  ])
})

test('an endpoint that asks to slow down, fails, or answers nonsense is asked again', async () => {
  const server = await listingServer()
  server.pages = [[shown(order(1n))]]
  server.instead.push(
    { status: 429, headers: { 'retry-after': '0.01' } },
    { status: 503, body: 'busy' },
    { status: 200, body: '<html>' },
    { status: 200, body: '{"listings": 5}' },
  )
  const pages = await pagesOf(sourceOf(server))
  expect(pages.flatMap(({ orders }) => orders)).toHaveLength(1)
  expect(server.asked).toHaveLength(5)
})

test('a key that is refused, and a collection that is not known, end it at once and say so', async () => {
  const server = await listingServer()
  server.instead.push({ status: 401 }, { status: 404 })
  const source = sourceOf(server)
  await expect(source.contracts('some things', signal)).rejects.toMatchObject({
    code: 'rpc_fatal',
    message: expect.stringContaining('refuses the key (status 401)'),
  })
  await expect(source.contracts('some things', signal)).rejects.toMatchObject({ code: 'rpc_fatal' })
  expect(server.asked).toHaveLength(2)
})

test('an endpoint that stays broken is given up with its last error, without the key in it', async () => {
  const server = await listingServer()
  server.instead.push(...Array.from({ length: 20 }, () => ({ status: 500, body: 'the-key' })))
  const failure = await pagesOf(sourceOf(server)).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'rpc_transient' })
  expect(JSON.stringify(failure)).not.toContain('the-key')
})

test('the contracts of a collection are those on this chain', async () => {
  const server = await listingServer()
  server.contracts = [
    { address: nft.toUpperCase().replace('0X', '0x'), chain: 'matic' },
    { address: coin, chain: 'ethereum' },
  ]
  expect(await sourceOf(server).contracts('some things', signal)).toEqual([nft])
})
