import { Address, beginCell, Cell, loadShardAccount, storeShardAccount, type Transaction } from '@ton/core'
import { Blockchain } from '@ton/sandbox'
import { buildSeqno, type DevSeqno } from './blocks.js'
import { raw } from './contracts.js'
import type { Sending } from './messages.js'
import { type DevStore, openStore } from './store.js'

/** The TVM with its accounts, and the seqnos that it made. One caller at a time. */
export interface TonChain {
  readonly blockchain: Blockchain
  readonly wallets: readonly Address[]
  readonly store: DevStore
  head(): DevSeqno | null
  /** Runs these messages to the end of all that follows from them, and makes a seqno of it. Each is asked for after the one before. */
  produce(sendings: readonly Sending[], time: number, actions: readonly string[]): Promise<DevSeqno>
}

/** A real TVM in this process (@ton/sandbox). The chain of a folder goes on where it stood. */
export async function openTonChain(dir: string | null, wallets: number): Promise<TonChain> {
  const store = openStore(dir)
  const blockchain = await Blockchain.create()
  blockchain.recordStorage = false
  const seeds = Array.from({ length: wallets }, (_, number) => `wallet-${number}`)
  const treasuries = await Promise.all(seeds.map((seed) => blockchain.treasury(seed, { predeploy: false })))
  const addresses = treasuries.map(({ address }) => address)
  if (store.state.seqnos.length === 0) for (const seed of seeds) await blockchain.treasury(seed)
  await restore(blockchain, store)
  const names = new Set(addresses.map(raw))
  return {
    blockchain,
    wallets: addresses,
    store,
    head: () => store.state.seqnos.at(-1) ?? null,
    produce: async (sendings, time, actions) => {
      blockchain.now = time
      const transactions: Transaction[] = []
      for (const { wallet, ...sending } of sendings) {
        const treasury = treasuries[wallet]
        if (treasury === undefined) throw new RangeError(`there is no wallet ${wallet}`)
        transactions.push(...(await treasury.send(sending)).transactions)
      }
      const seqno = buildSeqno(store.state.seqnos.at(-1) ?? null, transactions, time, names)
      const first = store.state.seqnos.length === 0
      const touched = [...transactions.map(accountOf), ...(first ? addresses.map(raw) : [])]
      store.append({ seqno, accounts: await dump(blockchain, touched), actions: [...actions] })
      if (store.state.seqnos.length % REMEMBERED_SEQNOS === 0) await forget(blockchain)
      return seqno
    },
  }
}

function accountOf({ address }: Transaction): string {
  return `0:${address.toString(16).padStart(64, '0')}`
}

async function dump(blockchain: Blockchain, addresses: readonly string[]): Promise<Record<string, string>> {
  const accounts: Record<string, string> = {}
  for (const address of new Set(addresses)) {
    const { account } = await blockchain.getContract(Address.parse(address))
    accounts[address] = beginCell().store(storeShardAccount(account)).endCell().toBoc().toString('base64')
  }
  return accounts
}

/** The sandbox keeps every transaction that it ever ran, with all its cells: 5 MB a minute of a chain that runs for days. */
async function forget(blockchain: Blockchain): Promise<void> {
  await blockchain.loadFrom({ ...blockchain.snapshot(), transactions: [] })
}

async function restore(blockchain: Blockchain, { state }: DevStore): Promise<void> {
  const last = state.seqnos.at(-1)
  if (last === undefined) return
  for (const [address, boc] of state.accounts) {
    const [cell] = Cell.fromBoc(Buffer.from(boc, 'base64'))
    if (cell !== undefined)
      await blockchain.setShardAccount(Address.parse(address), loadShardAccount(cell.beginParse()))
  }
  await blockchain.loadFrom({ ...blockchain.snapshot(), lt: BigInt(last.endLt) + LT_STEP })
}

/** After so many seqnos the sandbox forgets their transactions; what answers are made of is in the store. */
const REMEMBERED_SEQNOS = 128

/** Logical times of one transaction's messages lie within this. */
const LT_STEP = 1_000_000n
