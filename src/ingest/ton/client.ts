import type { z } from 'zod'
import { FtError } from '../../core/errors.js'
import { type Http, isTooLong, type Reply } from '../http.js'
import type { Endpoint } from '../resilience.js'
import { parseExactJson } from './json.js'
import { type Asking, isOfAccount, isUnreadable, patiently, Refusals, UNCHANGING } from './refusals.js'
import {
  blockName,
  methodResult,
  type StackRecord,
  type TonAccount,
  type TonBlock,
  type TonCollection,
  type TonItem,
  type TonTransaction,
  tonAccounts,
  tonBlock,
  tonBlocks,
  tonCollections,
  tonItems,
  tonTransactions,
} from './wire.js'

/** A get-method's answer; `stack` null when the contract has no such method, refused, or does not exist, and `reason` says it. */
export type MethodAnswer =
  | { readonly stack: readonly StackRecord[] }
  | { readonly stack: null; readonly exitCode: number | null; readonly reason: string }

/** Which transactions of an account: those before a logical time, newest first, or those after one, oldest first. */
export type HistoryPage = { readonly beforeLt: bigint } | { readonly afterLt: bigint }

/** Hears of an account that no endpoint can read. */
export type OnUnreadable = (address: string, error: FtError) => void

/**
 * A thin client of one TonAPI v2 endpoint: one method per call, answers validated. All throw FtError as ChainAdapter lists them; those
 * that ask about accounts also `isUnreadable` (see `Refusals`).
 */
export interface TonApi {
  readonly endpoint: Endpoint
  masterchainHead(): Promise<TonBlock>
  /** @throws FtError block_unknown */
  masterchainBlock(seqno: number): Promise<TonBlock>
  /** The masterchain block of a seqno and every shard block that it newly commits. @throws FtError block_unknown */
  blocks(seqno: number): Promise<readonly TonBlock[]>
  /** The transactions of all these blocks, in TonAPI's order. @throws FtError block_unknown */
  transactions(seqno: number): Promise<readonly TonTransaction[]>
  blockTransactions(block: TonBlock): Promise<readonly TonTransaction[]>
  /** Accounts as they are now. Those that do not exist may be missing. `onUnreadable` is told of those that cannot be read, else it throws. */
  accounts(addresses: readonly string[], onUnreadable?: OnUnreadable): Promise<readonly TonAccount[]>
  /** NFT items with their metadata as TonAPI has it now, 100 at most. Those that it does not know are missing. */
  items(addresses: readonly string[]): Promise<readonly TonItem[]>
  /** Collections with their metadata, likewise. */
  collections(addresses: readonly string[]): Promise<readonly TonCollection[]>
  /** Up to `limit` (1,000 at most) transactions of an account: none of one that is unknown (any more), fewer where they are too long. */
  history(account: string, page: HistoryPage, limit: number): Promise<readonly TonTransaction[]>
  /** Runs a get-method on the account's current state; arguments in TonAPI's form. */
  method(account: string, name: string, args?: readonly string[]): Promise<MethodAnswer>
}

/** Most accounts of one bulk request: what hosted TonAPI is known to take. */
const BULK = 100
/** The masterchain is one shard. */
const MASTERCHAIN = { workchain_id: -1, shard: '8000000000000000' }
/** How they say that they know no transaction of an account; some with status 500. */
const UNKNOWN_ACCOUNT = /entity not found|account not found/i
/** How TonAPI, and the liteservers behind one that is self-hosted, say that they do not have a block (yet). */
const UNKNOWN_BLOCK = /no blocks? found|block not found|failed to lookup master block|not (?:in db|applied|found)|ltdb/i

/**
 * The client of `endpoint` over `http`. `refusals` are those of all endpoints of the network; `again`: this operation has been at the
 * endpoint before.
 */
export function tonApi(endpoint: Endpoint, http: Http, refusals = new Refusals(1), again = false): TonApi {
  const base = endpoint.url.replace(/\/+$/, '').replace(/\/v2$/, '')
  const at = (path: string): string => `${base}${path}`
  const call = <T extends z.ZodType>(name: string, schema: T, path: string): Promise<z.output<T>> =>
    endpoint.request(name, async (signal) => read(endpoint, name, schema, await http.send(at(path), undefined, signal)))
  const bulk = <T extends z.ZodType>(name: string, schema: T, path: string, addresses: readonly string[]) =>
    endpoint.request(name, async (signal) => {
      const body = JSON.stringify({ account_ids: addresses })
      return read(endpoint, name, schema, await http.send(at(path), body, signal))
    })
  const root = '/v2/blockchain'
  const accounts = async (names: readonly string[]) =>
    (await bulk('accounts', tonAccounts, `${root}/accounts/_bulk`, names)).accounts
  return {
    endpoint,
    masterchainHead: () => call('masterchain-head', tonBlock, `${root}/masterchain-head`),
    masterchainBlock: (seqno) =>
      call('block', tonBlock, `${root}/blocks/${encodeURIComponent(blockName({ ...MASTERCHAIN, seqno }))}`),
    blocks: async (seqno) =>
      (await call('masterchain-blocks', tonBlocks, `${root}/masterchain/${seqno}/blocks`)).blocks,
    transactions: async (seqno) =>
      (await call('masterchain-transactions', tonTransactions, `${root}/masterchain/${seqno}/transactions`))
        .transactions,
    blockTransactions: async (block) => {
      const path = `${root}/blocks/${encodeURIComponent(blockName(block))}/transactions`
      return (await call('block-transactions', tonTransactions, path)).transactions
    },
    items: async (addresses) => (await bulk('nft-items', tonItems, '/v2/nfts/_bulk', addresses)).nft_items,
    collections: async (addresses) =>
      (await bulk('nft-collections', tonCollections, '/v2/nfts/collections/_bulk', addresses)).nft_collections,
    ...ofAccounts(endpoint, http, at(root), accounts, refusals.by(endpoint.name, again)),
  }
}

/** The calls that ask about accounts, whose answers depend on what somebody made of them. */
function ofAccounts(
  endpoint: Endpoint,
  http: Http,
  root: string,
  bulk: AccountsBy['bulk'],
  asking: Asking,
): Pick<TonApi, 'accounts' | 'history' | 'method'> {
  const history = (account: string, range: string, limit: number) =>
    endpoint.request('account-transactions', async (signal) => {
      const path = `${root}/accounts/${account}/transactions?${range}&limit=${limit}`
      return readHistory(endpoint, await http.send(path, undefined, signal))
    })
  const method = (account: string, name: string, query = '') =>
    endpoint.request('method', async (signal) => {
      const path = `${root}/accounts/${account}/methods/${name}${query}`
      return readMethod(endpoint, await http.send(path, undefined, signal))
    })
  return {
    accounts: (addresses, onUnreadable) => accountsIn(addresses, { bulk, asking, onUnreadable }),
    history: (account, page, limit) => {
      const range = 'beforeLt' in page ? `before_lt=${page.beforeLt}` : `after_lt=${page.afterLt}&sort_order=asc`
      const ask = () => historyUpTo(limit, (most) => history(account, range, most))
      return asking.ask(`the transactions of ${account}`, ask, () => history(UNCHANGING, range, 1))
    },
    method: (account, name, args = []) => {
      const query = args.map((arg) => `args=${encodeURIComponent(arg)}`).join('&')
      const ask = () => method(account, name, query === '' ? '' : `?${query}`)
      return asking.ask(`${name}(${args.join(', ')}) of ${account}`, ask, () => method(UNCHANGING, 'seqno'))
    },
  }
}

function read<T extends z.ZodType>(endpoint: Endpoint, name: string, schema: T, reply: Reply): z.output<T> {
  if (reply.status !== 200) throw refusal(endpoint, name, reply)
  const parsed = schema.safeParse(parseBody(endpoint, name, reply.body))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.map(String).join('.') ?? ''
  throw invalid(endpoint, name, `${where}: ${issue?.message ?? 'not as documented'}`)
}

/** A contract that does not exist, or whose method cannot be run, is an answer too: 404, and the handler's own errors. */
function readMethod(endpoint: Endpoint, reply: Reply): MethodAnswer {
  if (reply.status === 404) return { stack: null, exitCode: null, reason: errorText(reply.body) ?? 'not found' }
  const { success, exit_code: exitCode, stack } = read(endpoint, 'method', methodResult, reply)
  return success ? { stack } : { stack: null, exitCode, reason: `exit code ${exitCode}` }
}

/** An account that was destroyed can be unknown: then it has no history that could be told. */
function readHistory(endpoint: Endpoint, reply: Reply): readonly TonTransaction[] {
  const isUnknown = reply.status === 404 || (reply.status === 500 && UNKNOWN_ACCOUNT.test(errorText(reply.body) ?? ''))
  return isUnknown ? [] : read(endpoint, 'account-transactions', tonTransactions, reply).transactions
}

/*
 * Whoever fills the state or the messages of accounts with data must not be able to stop the network: what comes in an answer that is
 * longer than anything that is read, or that the endpoint fails to give, is asked for in smaller parts.
 */

interface AccountsBy {
  readonly bulk: (names: readonly string[]) => Promise<readonly TonAccount[]>
  readonly asking: Asking
  readonly onUnreadable: OnUnreadable | undefined
}

const stateOf = (name: string): string => `the state of ${name}`

/** Those that nobody could read before are asked for alone: nothing else waits for them. */
async function accountsIn(addresses: readonly string[], by: AccountsBy): Promise<readonly TonAccount[]> {
  const hopeless = addresses.filter((name) => by.asking.isHopeless(stateOf(name)))
  const others = addresses.filter((name) => !hopeless.includes(name))
  const pieces = hopeless.map((name) => single(name, by))
  for (let at = 0; at < others.length; at += BULK) pieces.push(piece(others.slice(at, at + BULK), by))
  return (await Promise.all(pieces)).flat()
}

/** Several accounts at once; those among them that make the answer too long, or the endpoint fail, apart from the others. */
async function piece(
  names: readonly string[],
  by: AccountsBy,
  pauses?: readonly number[],
): Promise<readonly TonAccount[]> {
  const [name] = names
  if (name !== undefined && names.length === 1) return await single(name, by)
  try {
    return await patiently(
      () => by.bulk(names),
      () => by.bulk([UNCHANGING]),
      pauses,
    )
  } catch (error) {
    if (names.length < 2 || !(isTooLong(error) || isOfAccount(error))) throw error
    const half = Math.ceil(names.length / 2)
    // Whether it passes was waited for once.
    const halves = [names.slice(0, half), names.slice(half)].map((part) => piece(part, by, []))
    return (await Promise.all(halves)).flat()
  }
}

async function single(name: string, { bulk, asking, onUnreadable }: AccountsBy): Promise<readonly TonAccount[]> {
  try {
    return await asking.ask(
      stateOf(name),
      () => bulk([name]),
      () => bulk([UNCHANGING]),
    )
  } catch (error) {
    if (onUnreadable === undefined || !isUnreadable(error)) throw error
    onUnreadable(name, error)
    return []
  }
}

function historyUpTo(
  most: number,
  ask: (most: number) => Promise<readonly TonTransaction[]>,
): Promise<readonly TonTransaction[]> {
  return lessWhenTooLong(ask(most), most > 1 ? () => historyUpTo(Math.ceil(most / 2), ask) : null)
}

async function lessWhenTooLong<T>(answer: Promise<T>, askForLess: (() => Promise<T>) | null): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (askForLess === null || !isTooLong(error)) throw error
    return await askForLess()
  }
}

function parseBody(endpoint: Endpoint, name: string, body: string): unknown {
  try {
    return parseExactJson(body)
  } catch {
    throw invalid(endpoint, name, 'the body is not JSON')
  }
}

const MOST_SAID = 200

/**
 * The text of an error document: handlers say `error`, what comes before them (parameters, rate limit) says `Error`. It is stored with what
 * it explains: a beginning, without what PostgreSQL does not take in a text.
 */
function errorText(body: string): string | undefined {
  try {
    const json: unknown = JSON.parse(body)
    if (typeof json !== 'object' || json === null) return undefined
    const text = 'error' in json ? json.error : 'Error' in json ? json.Error : undefined
    return typeof text === 'string' ? storable(text) : undefined
  } catch {
    return undefined
  }
}

function storable(text: string): string {
  return text.slice(0, MOST_SAID).replaceAll(/\0|\p{Surrogate}/gu, '')
}

function refusal(endpoint: Endpoint, name: string, reply: Reply): FtError {
  const { status, retryAfterMs } = reply
  const said = endpoint.redact(errorText(reply.body) ?? '')
  const message = `${endpoint.name} answered ${name} with HTTP status ${status}${said === '' ? '' : `: ${said}`}`
  const details = { endpoint: endpoint.name, method: name, status }
  if (status === 429) {
    return new FtError('rate_limited', message, {
      details: { ...details, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    })
  }
  const ofBlock = name.startsWith('masterchain') || name.startsWith('block')
  if (ofBlock && (status === 404 || UNKNOWN_BLOCK.test(said))) return new FtError('block_unknown', message, { details })
  return new FtError(status >= 500 || status === 408 ? 'rpc_transient' : 'rpc_fatal', message, { details })
}

/** The error for an answer that cannot be right. */
export function invalid(endpoint: Pick<Endpoint, 'name'>, name: string, why: string): FtError {
  return new FtError('rpc_invalid', `${endpoint.name} answered ${name} wrongly: ${why}`, {
    details: { endpoint: endpoint.name, method: name },
  })
}
