import { Address } from '@ton/core'
import { z } from 'zod'
import { accountJson, collectionJson, itemJson, methodJson } from './accounts.js'
import type { DevRow, DevSeqno } from './blocks.js'
import type { TonChain } from './chain.js'

/** What is served: a chain, whose accounts are read between two seqnos only. */
export interface TonView {
  readonly chain: TonChain
  /** Runs work when no seqno is being made, so that accounts are those of the head. */
  settled<T>(work: () => Promise<T>): Promise<T>
}

export interface TonAnswer {
  readonly status: number
  readonly json: string
}

const bulk = z.object({ account_ids: z.array(z.string()) })
const seqnoOf = z.coerce.number().int().positive()

/** Answers a request as TonAPI v2 does. */
export async function route(view: TonView, method: string, url: URL, body: string): Promise<TonAnswer> {
  const [, v2, area, ...rest] = url.pathname.split('/').map(decodeURIComponent)
  if (v2 !== 'v2') return missing('no such page')
  const seqnos = view.chain.store.state.seqnos
  if (area === 'status') return ok(statusJson(seqnos))
  if (area === 'nfts' && method === 'POST') return await bulkOfNfts(view, rest.join('/'), body)
  if (area !== 'blockchain') return missing('no such method')
  const [kind, name = '', what, extra] = rest
  if (kind === 'masterchain-head') {
    const head = seqnos.at(-1)
    return head === undefined ? missing('no blocks found') : ok(head.blocks[0]?.json ?? '')
  }
  if (kind === 'masterchain') return ofSeqno(seqnos, name, what, url.searchParams)
  if (kind === 'blocks') return ofBlock(seqnos, name, what)
  if (kind !== 'accounts') return missing('no such method')
  if (name === '_bulk' && method === 'POST') {
    const accounts = rawAccounts(body)
    return ok(`{"accounts":[${(await view.settled(() => accountJson(view.chain, accounts))).join()}]}`)
  }
  const account = Address.parse(name).toRawString()
  if (what === 'transactions') return ok(historyJson(seqnos, account, url.searchParams))
  if (what === 'methods') {
    const args = url.searchParams.getAll('args')
    const answer = await view.settled(() => methodJson(view.chain, account, extra ?? '', args))
    return answer === null ? missing('account not found') : ok(answer)
  }
  const [one] = what === undefined ? await view.settled(() => accountJson(view.chain, [account])) : []
  return one === undefined ? missing('account not found') : ok(one)
}

async function bulkOfNfts(view: TonView, path: string, body: string): Promise<TonAnswer> {
  const accounts = rawAccounts(body)
  if (path === '_bulk')
    return ok(`{"nft_items":[${(await view.settled(() => itemJson(view.chain, accounts))).join()}]}`)
  if (path !== 'collections/_bulk') return missing('no such method')
  return ok(`{"nft_collections":[${(await view.settled(() => collectionJson(view.chain, accounts))).join()}]}`)
}

function rawAccounts(body: string): string[] {
  return bulk.parse(JSON.parse(body)).account_ids.map((id) => Address.parse(id).toRawString())
}

function ok(json: string): TonAnswer {
  return { status: 200, json }
}

function missing(error: string): TonAnswer {
  return { status: 404, json: JSON.stringify({ error }) }
}

function statusJson(seqnos: readonly DevSeqno[]): string {
  const last = seqnos.at(-1)?.seqno ?? 0
  return JSON.stringify({ rest_online: true, indexing_latency: 0, last_known_masterchain_seqno: last })
}

function ofSeqno(
  seqnos: readonly DevSeqno[],
  name: string,
  what: string | undefined,
  query: URLSearchParams,
): TonAnswer {
  const number = seqnoOf.safeParse(name)
  if (!number.success) return { status: 400, json: JSON.stringify({ Error: 'masterchain_seqno is no number' }) }
  const seqno = seqnos.findLast((one) => one.seqno === number.data)
  if (seqno === undefined) return missing(`no blocks found for masterchain seqno ${number.data}`)
  if (what === 'blocks') return ok(`{"blocks":[${seqno.blocks.map(({ json }) => json).join()}]}`)
  if (what !== 'transactions') return missing('no such method')
  const rows = seqno.blocks.flatMap(({ transactions }) => transactions)
  const offset = Number(query.get('offset') ?? 0)
  const limit = Number(query.get('limit') ?? rows.length)
  return ok(transactionsJson(rows.slice(offset, offset + limit)))
}

function ofBlock(seqnos: readonly DevSeqno[], name: string, what: string | undefined): TonAnswer {
  const block = seqnos.findLast(({ blocks }) => blocks.some((one) => one.name === name))?.blocks
  const found = block?.find((one) => one.name === name)
  if (found === undefined) return missing('block not found')
  if (what === undefined) return ok(found.json)
  return what === 'transactions' ? ok(transactionsJson(found.transactions)) : missing('no such method')
}

function historyJson(seqnos: readonly DevSeqno[], account: string, query: URLSearchParams): string {
  const after = BigInt(query.get('after_lt') ?? 0)
  const before = BigInt(query.get('before_lt') ?? '9223372036854775807')
  const rows = seqnos
    .flatMap(({ blocks }) => blocks.flatMap(({ transactions }) => transactions))
    .filter((row) => row.account === account && BigInt(row.lt) > after && BigInt(row.lt) < before)
    .sort((a, b) => (BigInt(a.lt) < BigInt(b.lt) ? -1 : 1))
  const sorted = query.get('sort_order') === 'asc' ? rows : rows.reverse()
  return transactionsJson(sorted.slice(0, Number(query.get('limit') ?? 100)))
}

function transactionsJson(rows: readonly DevRow[]): string {
  return `{"transactions":[${rows.map(({ json }) => json).join()}]}`
}
