import type { z } from 'zod'
import { FtError } from '../../core/errors.js'
import { type Http, isTooLong, type Reply } from '../http.js'
import type { Endpoint } from '../resilience.js'
import { parseExactJson } from './json.js'
import {
  blockName,
  methodResult,
  type StackRecord,
  type TonAccount,
  type TonBlock,
  type TonTransaction,
  tonAccounts,
  tonBlock,
  tonBlocks,
  tonTransactions,
} from './wire.js'

/** A get-method's answer; `stack` null when the contract has no such method, refused, or does not exist, and `reason` says it. */
export type MethodAnswer =
  | { readonly stack: readonly StackRecord[] }
  | { readonly stack: null; readonly exitCode: number | null; readonly reason: string }

/** Which transactions of an account: those before a logical time, newest first, or those after one, oldest first. */
export type HistoryPage = { readonly beforeLt: bigint } | { readonly afterLt: bigint }

/** A thin client of one TonAPI v2 endpoint: one method per call, answers validated. All throw FtError as ChainAdapter lists them. */
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
  /** Accounts as they are now. Those that do not exist may be missing. */
  accounts(addresses: readonly string[]): Promise<readonly TonAccount[]>
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

/** The client of `endpoint` over `http`. */
export function tonApi(endpoint: Endpoint, http: Http): TonApi {
  const base = endpoint.url.replace(/\/+$/, '').replace(/\/v2$/, '')
  const at = (path: string): string => `${base}${path}`
  const call = <T extends z.ZodType>(name: string, schema: T, path: string, body?: string): Promise<z.output<T>> =>
    endpoint.request(name, async (signal) => read(endpoint, name, schema, await http.send(at(path), body, signal)))
  const root = '/v2/blockchain'
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
    accounts: (addresses) =>
      accountsIn(addresses, async (names) => {
        const body = JSON.stringify({ account_ids: names })
        return (await call('accounts', tonAccounts, `${root}/accounts/_bulk`, body)).accounts
      }),
    history: (account, page, limit) => {
      const range = 'beforeLt' in page ? `before_lt=${page.beforeLt}` : `after_lt=${page.afterLt}&sort_order=asc`
      const path = at(`${root}/accounts/${account}/transactions?${range}&limit=`)
      return historyUpTo(limit, (most) =>
        endpoint.request('account-transactions', async (signal) =>
          readHistory(endpoint, await http.send(`${path}${most}`, undefined, signal)),
        ),
      )
    },
    method: async (account, name, args = []) => {
      const query = args.map((arg) => `args=${encodeURIComponent(arg)}`).join('&')
      const path = `${root}/accounts/${account}/methods/${name}${query === '' ? '' : `?${query}`}`
      return endpoint.request('method', async (signal) =>
        readMethod(endpoint, await http.send(at(path), undefined, signal)),
      )
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
 * longer than anything that is read is asked for in smaller parts.
 */

async function accountsIn(
  addresses: readonly string[],
  ask: (names: readonly string[]) => Promise<readonly TonAccount[]>,
  most = BULK,
): Promise<readonly TonAccount[]> {
  const pieces: Promise<readonly TonAccount[]>[] = []
  for (let at = 0; at < addresses.length; at += most) {
    const piece = addresses.slice(at, at + most)
    const inParts = () => accountsIn(piece, ask, Math.ceil(piece.length / 2))
    pieces.push(lessWhenTooLong(ask(piece), piece.length > 1 ? inParts : null))
  }
  return (await Promise.all(pieces)).flat()
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

/** The text of an error document: handlers say `error`, what comes before them (parameters, rate limit) says `Error`. */
function errorText(body: string): string | undefined {
  try {
    const json: unknown = JSON.parse(body)
    if (typeof json !== 'object' || json === null) return undefined
    const text = 'error' in json ? json.error : 'Error' in json ? json.Error : undefined
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined
  }
}

function refusal(endpoint: Endpoint, name: string, reply: Reply): FtError {
  const { status, retryAfterMs } = reply
  const said = endpoint.redact((errorText(reply.body) ?? '').slice(0, 200))
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
