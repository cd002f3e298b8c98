import { afterAll, beforeAll, expect, test } from 'vitest'
import { collectionId } from '../../src/core/ids.js'
import type { Network } from '../../src/core/networks.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { chainOf, type Event, gives, lists, moves, nft, seller, sells, units } from '../support/world/marketChain.js'
import { deliverTopic, publishBlock, publishFork, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { buildBlock, transactionsOf } from '../support/world/world.js'
import { type Body, startApi } from './apiFixture.js'

/*
 * Every list is read page by page while the chain goes on and forks under it, through all stages of the pipeline: between two pages rows
 * come, change, move to another place, and are taken back. Whatever was there the whole time, at the same place, is on exactly one page.
 */

const random = createRandom(20260305)
const TOKENS = Array.from({ length: 24 }, (_, n) => String(10 * (n + 1)))
const holder = (n: number): string => `0x${(0x1000 + n).toString(16).padStart(40, '0')}`
const contract = (n: number): string => `0x${(0x2000 + n).toString(16).padStart(40, '0')}`
const orderNo = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`
const item = (tokenId: string) => ({ standard: 'erc721', contract: nft, tokenId, quantity: '1' }) as const
const mintOf = (n: number, tokenId: string, to: string): Event =>
  moves(null, to, tokenId).map((leg) => ({ ...leg, contract: contract(n) }))

/** What there is before the first page: of everything more than a few pages. */
const beginning: readonly (readonly Event[])[] = [
  TOKENS.map((token) => moves(null, seller, token)),
  TOKENS.map((_, n) => gives(null, holder(n), '5')),
  TOKENS.slice(0, 16).map((token, n) =>
    lists({ order: orderNo(n), items: [item(token)], price: String(1000 + n * 10) }),
  ),
  [5, 7, 3].map((n) =>
    lists({ order: orderNo(100 + n), items: [units(String(n))], price: String(n * 300), partial: true }),
  ),
  ...TOKENS.slice(8).map((token, n) => [sells({ order: orderNo(200 + n), items: [item(token)], price: String(n) })]),
  Array.from({ length: 9 }, (_, n) => n).flatMap((n) =>
    Array.from({ length: n + 1 }, (_, k) => mintOf(n, String(k), holder(k))),
  ),
  TOKENS.slice(16).map((token, n) => moves(seller, holder(n), token)),
]

/** What may happen in a block. */
function happening(): Event {
  const token = String(1 + random.int(260))
  const known = random.pick(TOKENS)
  return random.pick([
    () => moves(null, holder(random.int(30)), `${token}1`),
    () => moves(seller, holder(random.int(30)), known),
    () => gives(holder(random.int(24)), holder(20 + random.int(20)), '5'),
    () => lists({ order: orderNo(300 + random.int(20)), items: [item(known)], price: String(900 + random.int(400)) }),
    () => lists({ order: orderNo(random.int(16)), items: [item(known)], price: String(900 + random.int(400)) }),
    () => sells({ order: orderNo(400 + random.int(1000)), items: [item(known)], price: '5' }),
    () => mintOf(random.int(12), token, holder(random.int(30))),
  ])()
}

interface List {
  readonly path: string
  /** What a row is, and where in the list. */
  readonly place: (row: Body) => readonly unknown[]
}

const nfts = collectionId('polygon', nft)
const asset = '/networks/polygon/contracts/0x0000000000000000000000000000000000000020/tokens/2'
const event = (row: Body) => [row.event_id, row.block_number, row.position, row.sub_index]
const all: readonly List[] = [
  { path: `/collections/${nfts}/assets?`, place: (row) => [row.asset_id, row.token_id] },
  { path: `/collections/${nfts}/assets?sort=-token_id`, place: (row) => [row.asset_id, row.token_id] },
  { path: `/collections/${nfts}/assets?owner=${seller}`, place: (row) => [row.asset_id, row.token_id] },
  { path: `/collections/${nfts}/assets?sort=price`, place: (row) => [row.asset_id, row.best_listing.price] },
  { path: `/collections/${nfts}/assets?sort=-price`, place: (row) => [row.asset_id, row.best_listing.price] },
  { path: `/collections/${nfts}/assets?listed=true`, place: (row) => [row.asset_id, row.token_id] },
  { path: `/collections/${nfts}/assets?listed=true&sort=-token_id`, place: (row) => [row.asset_id, row.token_id] },
  { path: `/collections/${nfts}/assets?sort=last_sale`, place: (row) => [row.asset_id, row.last_sale.sold_at] },
  { path: `/collections/${nfts}/owners?`, place: (row) => [row.account_address] },
  { path: `/collections/${nfts}/listings?`, place: (row) => [row.listing_id, row.price] },
  { path: `/collections/${nfts}/activity?`, place: event },
  { path: `${asset}/owners?`, place: (row) => [row.account_address] },
  { path: `${asset}/activity?`, place: event },
  { path: '/collections?', place: (row) => [row.collection_id, row.items] },
  { path: '/collections?sort=-owners', place: (row) => [row.collection_id, row.owners] },
  { path: '/networks/polygon/contracts?', place: (row) => [row.collection_id, row.items] },
  { path: `/networks/polygon/accounts/${seller}/assets?`, place: (row) => [row.asset_id] },
  { path: `/networks/polygon/accounts/${seller}/activity?`, place: event },
]

let database: TestDatabase
let network: Network
let api: ReturnType<typeof startApi>
const chain: ChainBlock[] = []
let forks = 0

beforeAll(async () => {
  database = await createTestDatabase()
  network = await worldNetwork(database.db, true)
  for (const block of chainOf(...beginning)) await append(block)
  await deliver()
  api = startApi(database.url)
}, 60_000)

afterAll(async () => {
  await api.close()
  await database.drop()
})

async function append(block: ChainBlock): Promise<void> {
  await publishBlock(database.db, network, block, random)
  chain.push(block)
}

async function deliver(): Promise<void> {
  const topics = [
    'chain.{network}.raw_events',
    'chain.{network}.forks',
    'ledger.normalized',
    'market.ownership',
  ] as const
  for (const topic of topics) await deliverTopic(database.db, network, topic)
}

let happened = 0

/** A block more; every second time in place of the last ones, some of whose transactions come again. */
async function goOn(): Promise<void> {
  const depth = random.chance(0.5) && chain.length > beginning.length + 3 ? 1 + random.int(3) : 0
  const gone = chain.splice(chain.length - depth, depth)
  const ancestor = chain.at(-1)
  if (ancestor === undefined) throw new Error('the chain is empty')
  if (depth > 0) {
    forks += 1
    await publishFork(database.db, network, ancestor.header)
  }
  const again = gone.flatMap(transactionsOf).filter(() => random.chance(0.5))
  for (let n = 0; n <= depth; n += 1) {
    happened += 1
    const fresh = { hash: orderNo(1_000_000 + happened), events: Array.from({ length: 3 }, happening) }
    await append(buildBlock(chain.at(-1) ?? null, [...again.splice(0), fresh], { salt: String(happened) }))
  }
  await deliver()
}

async function read({ path, place }: List, query: string): Promise<{ rows: string[]; next: string | null }> {
  const { status, body } = await api.get(`/api/v1${path}&${query}`)
  expect([path, status, status === 200 ? '' : body]).toEqual([path, 200, ''])
  return { rows: body.data.map((row: Body) => JSON.stringify(place(row))), next: body.next_cursor }
}

test('whatever does not change is on exactly one page, in every list', async () => {
  const readers = all.map((list) => ({
    list,
    seen: [] as string[],
    /** What was in the list at every look so far. */
    constant: null as Set<string> | null,
    changed: false,
    next: '' as string | null,
  }))
  while (readers.some(({ next }) => next !== null)) {
    for (const reader of readers.filter(({ next }) => next !== null)) {
      const whole = new Set((await read(reader.list, 'limit=200')).rows)
      const before: Set<string> = reader.constant ?? whole
      reader.constant = new Set([...before].filter((row) => whole.has(row)))
      reader.changed ||= reader.constant.size < whole.size || reader.constant.size < before.size
      const page = await read(reader.list, `limit=3${reader.next === '' ? '' : `&cursor=${reader.next}`}`)
      reader.seen.push(...page.rows)
      reader.next = page.next
    }
    await goOn()
  }
  expect(forks).toBeGreaterThan(1)
  for (const { list, seen, constant, changed } of readers) {
    const times = [...(constant ?? [])].map((row) => [row, seen.filter((other) => other === row).length])
    expect([list.path, times.filter(([, count]) => count !== 1)]).toEqual([list.path, []])
    // Else the test says nothing: several pages of what stayed, and something that did not.
    expect([list.path, times.length > 3, changed]).toEqual([list.path, true, true])
  }
}, 120_000)
