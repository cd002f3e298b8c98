import { readdirSync, readFileSync } from 'node:fs'
import { Address, beginCell, Cell } from '@ton/core'
import { z } from 'zod'
import { parseAddress } from '../../src/core/address.js'
import type { Fact, RawEvent } from '../../src/core/events.js'
import type { ChainEvent } from '../../src/ingest/adapter.js'
import { chainEvents } from '../../src/ingest/ton/chainEvents.js'
import type { TonApi } from '../../src/ingest/ton/client.js'
import { newKnowledge } from '../../src/ingest/ton/evidence.js'
import { parseExactJson } from '../../src/ingest/ton/json.js'
import { parseTon } from '../../src/ingest/ton/parse.js'
import { readSaleState, type SaleState } from '../../src/ingest/ton/saleState.js'
import { type StackRecord, type TonBlock, type TonTransaction, tonTransaction } from '../../src/ingest/ton/wire.js'

/*
 * Recorded mainnet transactions (shared/mainnet/ton). What the contracts answered when they were recorded is in the files' `expect` and
 * `states`; an api made of that stands in for TonAPI, whose client has tests of its own.
 */

const folder = new URL('../../../shared/mainnet/ton/', import.meta.url)
const text = z.string().nullable().optional()
const expected = z.object({
  kind: z.enum(['mint', 'transfer', 'burn', 'list', 'sale', 'cancel', 'ignored']),
  ...{ nft: z.string(), collection: text, index: text, from: text, to: text },
  ...{ price_nanoton: text, marketplace: text, marketplace_address: text, sale_type: text, sale_contract: text },
  ...{ currency: z.literal('TON').optional(), owner_after: text, beneficial_owner_after: text },
  ...{ tx_hash: z.string(), lt: z.string().optional(), utime: z.int().optional() },
  ...{ optional: z.boolean().optional(), reason: z.string().optional() },
})
export type Expected = z.infer<typeof expected>

const state = z.object({ address: z.string() }).loose()
const recording = z.object({
  id: z.string(),
  exhaustive: z.boolean(),
  // `block` is missing where the shard was not recorded
  transactions: z.array(z.unknown()),
  expect: z.array(expected),
  states: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
})
export interface Recording {
  readonly id: string
  readonly transactions: readonly TonTransaction[]
  readonly expect: readonly Expected[]
  readonly states: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Every file of the folder that holds transactions. */
export function recordings(): Recording[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const json = parseExactJson(readFileSync(new URL(name, folder), 'utf8'))
      const parsed = recording.safeParse(json)
      if (!parsed.success) return []
      const { id, expect, states = {} } = parsed.data
      const transactions = parsed.data.transactions.map((one) => tonTransaction.parse(one))
      return [{ id, expect, states, transactions: transactions.sort((a, b) => (a.lt < b.lt ? -1 : 1)) }]
    })
}

/** The facts of a recording and the events they come from, by the whole path but HTTP. */
export async function factsOf(
  file: Recording,
): Promise<{ events: RawEvent[]; facts: readonly Fact[]; failures: unknown }> {
  const knowledge = newKnowledge()
  // What is burned had been read before, when it could still be asked.
  for (const { kind, nft, collection = null, index = null } of file.expect) {
    if (kind === 'burn') knowledge.items.set(nft, { address: nft, collection, index })
  }
  const events = (await chainEvents(recordedApi(file), -239, knowledge, file)).map((event) => withSales(event, file))
  const raw = events.map((event) => ({ ...event, payload: { ...event.payload }, blockNumber: 1, fork: 0 }))
  return { events: raw, ...parseTon(raw) }
}

const later: TonBlock = {
  ...{ workchain_id: -1, shard: '8000000000000000', seqno: 1, root_hash: '', global_id: -239 },
  ...{ gen_utime: Number.MAX_SAFE_INTEGER, end_lt: 0n, tx_quantity: 0, prev_refs: [] },
}

function recordedApi({ expect, states }: Recording): TonApi {
  const items = new Map(expect.map((entry) => [entry.nft, entry]))
  const indexOf = (entry: Expected): string => entry.index ?? '0'
  const initialised = states['nft_item']?.['init'] !== false
  const missing = { stack: null, exitCode: 11, reason: 'exit code 11' } as const
  const never = (): never => {
    throw new Error('not asked for in this test')
  }
  return {
    endpoint: { name: 'recording', url: '', redact: (said) => said, request: never },
    // What it was is long past.
    masterchainHead: async () => later,
    ...{
      masterchainBlock: never,
      blocks: never,
      transactions: never,
      blockTransactions: never,
      items: never,
      collections: never,
    },
    accounts: async () => [],
    method: async (account, name, args = []) => {
      if (name === 'get_nft_data') {
        const entry = items.get(account)
        if (entry === undefined || entry.kind === 'burn') return missing
        const owner = entry.owner_after ?? entry.to ?? null
        return {
          stack: [num(initialised ? '-1' : '0'), num(indexOf(entry)), slice(entry.collection ?? null), slice(owner)],
        }
      }
      const of = expect.find(
        (entry) => entry.collection === account && BigInt(indexOf(entry)) === BigInt(args[0] ?? '-1'),
      )
      return of === undefined ? missing : { stack: [slice(of.nft)] }
    },
    // The past was not recorded: of it, one transfer to the owner that the state before the transaction named.
    history: async (account, page) => {
      const entry = items.get(account)
      return entry?.kind === 'burn' && 'beforeLt' in page && entry.from ? [transferTo(entry, page.beforeLt - 1n)] : []
    },
  }
}

function transferTo({ nft, from }: Expected, lt: bigint): TonTransaction {
  const body = beginCell()
    .storeUint(0x5fcc3d14, 32)
    .storeUint(0, 64)
    .storeAddress(Address.parseRaw(from ?? ''))
  const account = { address: nft, is_wallet: false }
  return {
    ...{ hash: '0'.repeat(64), lt, account, success: true, utime: 0, aborted: false, destroyed: false, out_msgs: [] },
    ...{ orig_status: 'active', end_status: 'active' },
    in_msg: {
      ...{ msg_type: 'int_msg', bounced: false, value: 0n, source: account },
      raw_body: body.endCell().toBoc().toString('hex'),
    },
  }
}

function num(value: string): StackRecord {
  return { type: 'num', num: value }
}

function slice(address: string | null): StackRecord {
  if (address === null) return { type: 'null' }
  return { type: 'cell', cell: beginCell().storeAddress(Address.parseRaw(address)).endCell().toBoc().toString('hex') }
}

const contract = z.object({
  ...{ address: z.string(), code_hash: z.string(), data_boc: z.string() },
  get_methods: z.record(z.string(), z.record(z.string(), z.string().nullable())),
})

/** The recorded states of a contract, in the order of time. */
export function statesOf(address: string): z.infer<typeof contract>[] {
  const json: unknown = JSON.parse(readFileSync(new URL('contract-states.json', folder), 'utf8'))
  const { contracts } = z.object({ contracts: z.array(contract) }).parse(json)
  return contracts.filter((one) => one.address === address)
}

/** What the recorded data cells say of a sale contract, the state before it sold first; null where none was recorded. */
export function recordedSale(address: string): SaleState | null {
  const states = statesOf(address).map(({ code_hash, data_boc }) =>
    readSaleState(code_hash, Cell.fromBoc(Buffer.from(data_boc, 'hex'))[0] ?? Cell.EMPTY),
  )
  return states.find((one) => one?.complete === false) ?? null
}

/** The sale contracts' states. Where their data was not recorded, the file's own words stand for what the adapter reads from accounts. */
function withSales(event: ChainEvent, file: Recording): ChainEvent {
  const entry = file.expect.find(({ sale_contract, tx_hash }) => sale_contract && `0x${tx_hash}` === event.txHash)
  if (entry?.sale_contract === undefined || entry.sale_contract === null) return event
  const evidence = event.payload['evidence'] as { readonly sales: object }
  const sales = { ...evidence.sales, [entry.sale_contract]: recordedSale(entry.sale_contract) ?? saleOf(entry, file) }
  return { ...event, payload: { ...event.payload, evidence: { ...evidence, sales } } }
}

function saleOf(entry: Expected, { states }: Recording): SaleState {
  const said = state.parse({ address: '', ...states['nft_sale'], ...states['nft_auction'] })
  const read = (...names: string[]): string | null => {
    const value = names.map((name) => said[name]).find((one) => typeof one === 'string')
    return typeof value === 'string' ? value : null
  }
  const seller = (entry.kind === 'cancel' ? entry.to : entry.from) ?? null
  const price = read('full_price') ?? (entry.sale_type === 'fixed' ? (entry.price_nanoton ?? null) : null)
  return {
    ...{ protocol: 'getgems-recorded', complete: false, jettons: false, minBid: null, endsAt: null },
    kind: entry.sale_type === 'auction' ? 'auction' : 'fixed',
    marketplace: read('marketplace', 'mp_addr') ?? entry.marketplace_address ?? parseAddress('ton', GETGEMS),
    ...{ nft: read('nft', 'nft_addr') ?? entry.nft, owner: read('nft_owner') ?? seller },
    ...{ price, lastBid: read('last_bid') },
    fee: { to: null, factor: 0, base: 1 },
    royalty: { to: null, factor: 0, base: 1 },
  }
}

const GETGEMS = 'EQBYTuYbLf8INxFtD8tQeNk5ZLy-nAX9ahQbG_yl1qQ-GEMS'
