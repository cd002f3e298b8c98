import { generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Address, beginCell, Cell, contractAddress, Dictionary, type StateInit } from '@ton/core'
import { z } from 'zod'
import type { Fact } from '../../src/core/events.js'
import { openTonChain, type TonChain } from '../../src/devnet/ton/chain.js'
import { collectionOf, itemAddress, mintBody, tonwebCode } from '../../src/devnet/ton/contracts.js'
import { serveTonApi } from '../../src/devnet/ton/server.js'
import { createTonAdapter } from '../../src/ingest/ton/adapter.js'

/*
 * GetGems' own fixed price sale (v4), whose code is in a recorded mainnet message, and a jetton (tonweb's), in the TVM behind the server
 * that answers as TonAPI does.
 */

const CODE_HASH = '6b95a6418b9c9d2359045d1e7559b8d549ae0e506f24caab58fa30c8fb1feb86'
export const COIN = 1_000_000_000n
export const [MINTER, SELLER, BUYER, MARKET] = [0, 1, 2, 3] as const

/** A chain on which one collection has one item, that SELLER owns. */
export interface GetGems {
  readonly item: Address
  wallet(number: number): Address
  /** Makes a seqno of these messages, and reads it at once. @returns what happened in it */
  happens(...sendings: Parameters<TonChain['produce']>[0]): Promise<Fact[]>
  /** What happened from the second seqno on, as somebody finds it who reads it all only now; a list for each seqno. */
  readLate(): Promise<Fact[][]>
  /** The item's owner on the chain, a sale contract while one holds it. */
  holder(): Promise<string | null | undefined>
  /** Lets time pass until the next seqno. */
  pass(seconds: number): void
  close(): Promise<void>
}

/** Opens the chain. `name` is the collection's. */
export async function openGetGems(name: string): Promise<GetGems> {
  const chain = await openTonChain(null, 4)
  let time = 1_800_000_000
  await chain.produce([], time, [])
  const server = await serveTonApi({ chain, settled: (work) => work() })
  const open = () => createTonAdapter({ network: 'ton', chainId: -239, urls: [server.url], apiKey: null })
  const adapter = open()
  const wallet = (number: number): Address => {
    const address = chain.wallets[number]
    if (address === undefined) throw new Error(`no wallet ${number}`)
    return address
  }
  const read = async (by: typeof adapter, seqno: number): Promise<Fact[]> => {
    const { header, events } = await by.block(seqno)
    const raw = events.map((event) => ({
      ...event,
      payload: { ...event.payload },
      blockNumber: header.number,
      fork: 0,
    }))
    const { facts, failures } = by.parse(raw)
    if (failures.length > 0) throw new Error(`not understood: ${JSON.stringify(failures)}`)
    return [...facts]
  }
  const happens: GetGems['happens'] = async (...sendings) => {
    time += 5
    const { seqno } = await chain.produce(sendings, time, [])
    return await read(adapter, seqno)
  }
  const collection = collectionOf(wallet(MINTER), name)
  await happens(
    { wallet: MINTER, to: collection.address, value: COIN, init: collection.init },
    { wallet: MINTER, to: collection.address, value: COIN, body: mintBody(0, 1, wallet(SELLER)) },
  )
  const item = Address.parse(itemAddress(collection.address.toRawString(), 0))
  const head = (): number => chain.head()?.seqno ?? 0
  return {
    item,
    wallet,
    happens,
    readLate: async () => {
      const late = open()
      try {
        const facts: Fact[][] = []
        for (let seqno = 2; seqno <= head(); seqno += 1) facts.push(await read(late, seqno))
        return facts
      } finally {
        await late.close()
      }
    },
    holder: async () => {
      const [holder] = await adapter.holdings([{ contract: item.toRawString(), tokenId: 0n, account: null }], head())
      return typeof holder === 'bigint' ? undefined : holder
    },
    pass: (seconds) => {
      time += seconds
    },
    close: async () => {
      await adapter.close()
      await server.close()
    },
  }
}

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

const keys = generateKeyPairSync('ed25519')
const publicKey = Buffer.from(keys.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')

/** What a sale is deployed with: prices in nanotons, 5 % for the market, 2 % for the minter; `salt` makes the address its own. */
export function saleInit(
  { item, wallet }: GetGems,
  { seller, price, salt = 0 }: { seller: number; price: bigint; salt?: number },
): StateInit {
  const constant = beginCell().storeAddress(wallet(MARKET)).storeAddress(wallet(MINTER))
  const data = beginCell()
    .storeBit(0)
    .storeAddress(wallet(MARKET))
    .storeAddress(wallet(seller))
    .storeCoins(price)
    .storeUint(0, 32 + 64)
    .storeRef(constant.storeUint(5000, 17).storeUint(2000, 17).storeAddress(item).storeUint(salt, 32))
    .storeBit(0)
    .storeBit(1)
    .storeBuffer(publicKey)
  return { code: recordedCode(), data: data.endCell() }
}

/** To a sale: take what it was deployed with. */
export const DEPLOY: Cell = beginCell().storeUint(0x664c0905, 32).storeUint(0, 64).endCell()
/** To a sale: give the item back. */
export const CANCEL: Cell = beginCell().storeUint(0, 32).storeStringTail('cancel').endCell()

/** Prices in a jetton by the sale's wallet of it. */
type JettonPrices = readonly { readonly wallet: Address; readonly master: Address; readonly price: bigint }[]

function dictionaryOf(prices: JettonPrices): Dictionary<bigint, { master: Address; price: bigint }> {
  const dictionary = Dictionary.empty(Dictionary.Keys.BigUint(256), {
    serialize: ({ master, price }: { master: Address; price: bigint }, builder) =>
      void builder.storeCoins(price).storeAddress(master),
    parse: (slice) => ({ price: slice.loadCoins(), master: slice.loadAddress() }),
  })
  for (const { wallet, ...rest } of prices) dictionary.set(BigInt(`0x${wallet.hash.toString('hex')}`), rest)
  return dictionary
}

/** To a sale, as its marketplace deploys it when it is to take jettons: `market` is who it belongs to from then on. */
export function deployWithJettons(market: Address, prices: JettonPrices): Cell {
  const signed = beginCell().storeAddress(market).storeDict(dictionaryOf(prices)).endCell()
  const signature = sign(null, signed.hash(), keys.privateKey)
  return beginCell()
    .storeUint(0xfb5dbf47, 32)
    .storeUint(0, 64)
    .storeBuffer(signature)
    .storeSlice(signed.beginParse())
    .endCell()
}

/** To a sale, by its seller: other prices. */
export function changePrice(coins: bigint, prices: JettonPrices = []): Cell {
  return beginCell()
    .storeUint(0xfd135f7b, 32)
    .storeUint(0, 64)
    .storeCoins(coins)
    .storeDict(dictionaryOf(prices))
    .endCell()
}

/** To a sale that is over, by its marketplace: send the item on. */
export function rescue(item: Address, to: Address): Cell {
  const transfer = beginCell().storeUint(0x5fcc3d14, 32).storeUint(0, 64).storeAddress(to).storeAddress(to)
  const message = beginCell()
    .storeUint(0x18, 6)
    .storeAddress(item)
    .storeCoins(COIN / 5n)
    .storeUint(1, 1 + 4 + 4 + 64 + 32 + 1 + 1)
    .storeRef(transfer.storeBit(0).storeCoins(0).storeBit(0))
  return beginCell()
    .storeUint(555, 32)
    .storeUint(0, 64)
    .storeRef(beginCell().storeUint(3, 8).storeRef(message))
    .endCell()
}

/** A jetton that `admin` mints. */
export function jettonOf(admin: Address): {
  readonly master: Address
  readonly init: StateInit
  walletOf(owner: Address): Address
} {
  const code = tonwebCode('ft/JettonWallet')
  const data = beginCell().storeCoins(0).storeAddress(admin).storeRef(Cell.EMPTY).storeRef(code).endCell()
  const init = { code: tonwebCode('ft/JettonMinter'), data }
  const master = contractAddress(0, init)
  const walletOf = (owner: Address): Address => {
    const owned = beginCell().storeCoins(0).storeAddress(owner).storeAddress(master).storeRef(code).endCell()
    return contractAddress(0, { code, data: owned })
  }
  return { master, init, walletOf }
}

/** To a jetton's master, by its admin: so much for an owner. */
export function mintJettons(owner: Address, amount: bigint): Cell {
  const transfer = beginCell().storeUint(0x178d4519, 32).storeUint(0, 64).storeCoins(amount)
  return beginCell()
    .storeUint(21, 32)
    .storeUint(0, 64)
    .storeAddress(owner)
    .storeCoins(COIN / 5n)
    .storeRef(transfer.storeAddress(null).storeAddress(null).storeCoins(0).storeBit(0))
    .endCell()
}

/** To a jetton wallet, by its owner: pay a sale contract, which hears of it with enough gas to give the item away. */
export function payJettons(to: Address, amount: bigint, payer: Address): Cell {
  return beginCell()
    .storeUint(0x0f8a7ea5, 32)
    .storeUint(0, 64)
    .storeCoins(amount)
    .storeAddress(to)
    .storeAddress(payer)
    .storeBit(0)
    .storeCoins(COIN / 2n)
    .storeBit(0)
    .endCell()
}
