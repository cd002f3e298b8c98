import { readFileSync } from 'node:fs'
import { Address, beginCell, Cell, contractAddress, type StateInit } from '@ton/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openTonChain, type TonChain } from '../../src/devnet/ton/chain.js'
import { collectionOf, itemAddress, mintBody, transferBody } from '../../src/devnet/ton/contracts.js'
import { serveTonApi, type TonServer } from '../../src/devnet/ton/server.js'
import type { ChainAdapter } from '../../src/ingest/adapter.js'
import { createTonAdapter } from '../../src/ingest/ton/adapter.js'

/*
 * GetGems' own fixed price sale (v4), whose code is in a recorded mainnet message, in the TVM.
 */

const CODE_HASH = '6b95a6418b9c9d2359045d1e7559b8d549ae0e506f24caab58fa30c8fb1feb86'
const TON = 1_000_000_000n
const PRICE = 3n * TON
const [MINTER, SELLER, BUYER, MARKET] = [0, 1, 2, 3] as const

let chain: TonChain
let server: TonServer
let adapter: ChainAdapter
let time = 1_800_000_000

beforeAll(async () => {
  chain = await openTonChain(null, 4)
  await chain.produce([], time, [])
  server = await serveTonApi({ chain, settled: (work) => work() })
  adapter = createTonAdapter({ network: 'ton', chainId: -239, urls: [server.url], apiKey: null })
})

afterAll(async () => {
  await adapter.close()
  await server.close()
})

/** The cell with a hash, somewhere in the recorded messages. */
function recordedCode(): Cell {
  const file = new URL('../../../shared/mainnet/ton/list-getgems-v4-two-hop-emulated.json', import.meta.url)
  const bodies = z
    .object({ transactions: z.array(z.object({ in_msg: z.object({ raw_body: z.string() }).loose() }).loose()) })
    .parse(JSON.parse(readFileSync(file, 'utf8')))
    .transactions.map(({ in_msg }) => Cell.fromBoc(Buffer.from(in_msg.raw_body, 'hex'))[0] ?? Cell.EMPTY)
  const find = (cell: Cell): Cell | undefined =>
    cell.hash().toString('hex') === CODE_HASH ? cell : cell.refs.map(find).find((found) => found !== undefined)
  const code = bodies.map(find).find((found) => found !== undefined)
  if (code === undefined) throw new Error('the recording does not hold the code')
  return code
}

function saleInit(nft: Address, seller: Address): StateInit {
  const [market, minter] = [wallet(MARKET), wallet(MINTER)]
  const constant = beginCell().storeAddress(market).storeAddress(minter).storeUint(5000, 17).storeUint(2000, 17)
  const data = beginCell()
    .storeBit(0)
    .storeAddress(market)
    .storeAddress(seller)
    .storeCoins(PRICE)
    .storeUint(0, 32 + 64)
    .storeRef(constant.storeAddress(nft).storeUint(time, 32))
    .storeBit(0)
  return { code: recordedCode(), data: data.endCell() }
}

function wallet(number: number): Address {
  const address = chain.wallets[number]
  if (address === undefined) throw new Error(`no wallet ${number}`)
  return address
}

async function factsAfter(...sendings: Parameters<TonChain['produce']>[0]) {
  time += 5
  const { seqno } = await chain.produce(sendings, time, [])
  const { header, events } = await adapter.block(seqno)
  const raw = events.map((event) => ({ ...event, payload: { ...event.payload }, blockNumber: header.number, fork: 0 }))
  const { facts, failures } = adapter.parse(raw)
  expect(failures).toEqual([])
  return facts.map(({ kind, from, to, details }) => ({ kind, from, to, details }))
}

test('GetGems v4: listed, repriced, sold for the new price, listed again and cancelled', async () => {
  const collection = collectionOf(wallet(MINTER), 'getgems')
  const mint = mintBody(0, 1, wallet(SELLER))
  await factsAfter(
    { wallet: MINTER, to: collection.address, value: TON, init: collection.init },
    { wallet: MINTER, to: collection.address, value: TON, body: mint },
  )
  const item = Address.parse(itemAddress(collection.address.toRawString(), 0))
  const init = saleInit(item, wallet(SELLER))
  const sale = contractAddress(0, init)
  const [seller, buyer] = [wallet(SELLER).toRawString(), wallet(BUYER).toRawString()]
  const deploy = beginCell().storeUint(0x664c0905, 32).storeUint(0, 64).endCell()

  const listed = await factsAfter(
    { wallet: MARKET, to: sale, value: TON / 10n, init, body: deploy },
    { wallet: SELLER, to: item, value: TON / 2n, body: transferBody(sale, wallet(SELLER), 0n) },
  )
  expect(listed).toMatchObject([
    { kind: 'transfer', from: seller, to: sale.toRawString() },
    {
      kind: 'list',
      from: seller,
      details: { protocol: 'getgems-sale-v4', price: `${PRICE}`, holder: sale.toRawString() },
    },
  ])

  const price = beginCell()
    .storeUint(0xfd135f7b, 32)
    .storeUint(0, 64)
    .storeCoins(2n * TON)
    .storeBit(0)
    .endCell()
  const repriced = await factsAfter({ wallet: SELLER, to: sale, value: TON / 10n, body: price })
  expect(repriced).toMatchObject([
    { kind: 'list', from: seller, details: { price: `${2n * TON}`, order: sale.toRawString() } },
  ])

  const sold = await factsAfter({ wallet: BUYER, to: sale, value: 2n * TON + TON / 2n })
  expect(sold).toMatchObject([
    { kind: 'transfer', from: sale.toRawString(), to: buyer },
    {
      ...{ kind: 'sale', from: seller, to: buyer },
      details: { price: `${2n * TON}`, fees: '100000000', royalties: '40000000', marketplace: 'getgems-sale-v4' },
    },
  ])
  expect(
    await adapter.holdings([{ contract: item.toRawString(), tokenId: 0n, account: null }], chain.head()?.seqno ?? 0),
  ).toEqual([buyer])

  // Who reads the listing only now, when it is sold, finds it all the same.
  const late = createTonAdapter({ network: 'ton', chainId: -239, urls: [server.url], apiKey: null })
  const { header, events } = await late.block((chain.head()?.seqno ?? 0) - 2)
  const raw = events.map((event) => ({ ...event, payload: { ...event.payload }, blockNumber: header.number, fork: 0 }))
  expect(late.parse(raw).facts.map(({ kind }) => kind)).toEqual(['transfer', 'list'])
  await late.close()

  const again = saleInit(item, wallet(BUYER))
  const second = contractAddress(0, again)
  await factsAfter(
    { wallet: MARKET, to: second, value: TON / 10n, init: again, body: deploy },
    { wallet: BUYER, to: item, value: TON / 2n, body: transferBody(second, wallet(BUYER), 0n) },
  )
  const cancel = beginCell().storeUint(0, 32).storeStringTail('cancel').endCell()
  expect(await factsAfter({ wallet: BUYER, to: second, value: TON / 2n, body: cancel })).toMatchObject([
    { kind: 'transfer', from: second.toRawString(), to: buyer },
    { kind: 'cancel', from: buyer, details: { order: second.toRawString() } },
  ])
})
