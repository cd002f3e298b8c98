import { type ErrorCode, FtError } from '../../core/errors.js'
import type { Reply } from '../http.js'
import type { Endpoint } from '../resilience.js'
import type { Transport } from './http.js'
import { type AskedFor, type JsonRpcError, providerError } from './limits.js'

/** One JSON-RPC call. */
export interface Call extends AskedFor {
  readonly params: readonly unknown[]
  /** An eth_call whose revert is an answer: its result is null. */
  readonly mayRevert?: boolean
  /** A call that can be done without: its result is null when it alone fails. */
  readonly mayFail?: boolean
}

/** A thin JSON-RPC client of one endpoint. Results are unknown: `wire.ts` says what they must look like. */
export interface Rpc {
  readonly endpoint: Endpoint
  /**
   * Makes the calls as JSON-RPC batches and gives their results in order. All or nothing: an error of one call is thrown.
   * @throws FtError as ChainAdapter lists them
   */
  batch(calls: readonly Call[]): Promise<readonly unknown[]>
  /** Makes one call. @throws FtError as `batch` */
  call(method: string, params: readonly unknown[]): Promise<unknown>
}

/** What a client remembers about an endpoint between operations. */
export interface RpcState {
  nextId: number
  /** Most calls in one batch; sinks when the endpoint refuses a batch for its length. */
  mostCalls: number
}

const BATCH_TOO_LONG = /batch/i
/** How go-ethereum and Bor say to the calls of a batch that they are left out because the answers before were too much. */
const BATCH_TOO_LARGE = /response too large/i
/** How nodes say that a contract refused a call, or that its code failed; code 3 is go-ethereum's, `EVM error` revm's (a word for each reason). */
const REVERTED =
  /revert|invalid (?:opcode|jump)|out of gas|stack (?:underflow|limit)|write protection|call depth|return data out of bounds|vm exception|EVM error:? \w+(?:\(\w+\))?$/i

/** A fresh state: batches of up to 100 calls. */
export function newRpcState(): RpcState {
  return { nextId: 1, mostCalls: 100 }
}

/** The client of `endpoint` over `transport`. */
export function createRpc(endpoint: Endpoint, transport: Transport, state: RpcState): Rpc {
  const batch = async (calls: readonly Call[]): Promise<readonly unknown[]> => {
    const pieces: Promise<readonly unknown[]>[] = []
    const size = state.mostCalls
    for (let at = 0; at < calls.length; at += size) pieces.push(piece(calls.slice(at, at + size)))
    return (await Promise.all(pieces)).flat()
  }
  const piece = async (calls: readonly Call[]): Promise<readonly unknown[]> => {
    const reply = await send(endpoint, transport, state, calls)
    if (calls.length < 2 || reply.refusal === undefined) return reply.results()
    state.mostCalls = Math.max(1, Math.min(state.mostCalls, Math.ceil(calls.length / 2)))
    return batch(calls)
  }
  return { endpoint, batch, call: async (method, params) => (await batch([{ method, params }]))[0] }
}

interface Answer {
  /** The error that the endpoint gave instead of a list of answers. */
  readonly refusal: JsonRpcError | undefined
  /** The results in the order of the calls. @throws FtError */
  results(): readonly unknown[]
}

async function send(
  endpoint: Endpoint,
  transport: Transport,
  state: RpcState,
  calls: readonly Call[],
): Promise<Answer> {
  const first = state.nextId
  state.nextId += calls.length
  const messages = calls.map(({ method, params }, index) => ({ jsonrpc: '2.0', id: first + index, method, params }))
  const ids = messages.map(({ id }) => id)
  const body = JSON.stringify(messages.length === 1 ? messages[0] : messages)
  const label = [...new Set(calls.map(({ method }) => method))].join('+')
  return endpoint.request(label, async (signal) => {
    const reply = await transport.send(body, ids, signal)
    return read(endpoint, calls, first, reply)
  })
}

/** Makes sense of a reply. Errors of single calls are thrown here, inside the request, so that metrics see them. */
function read(endpoint: Endpoint, calls: readonly Call[], firstId: number, reply: Reply): Answer {
  const json = parseJson(reply.body)
  const redacted = (error: JsonRpcError) => ({ code: error.code, message: endpoint.redact(error.message) })
  const whole = errorOf(json) ?? (calls.length > 1 ? commonError(json) : undefined)
  const asked: AskedFor = calls.find(({ ranged }) => ranged) ?? calls[0] ?? { method: 'nothing' }
  const tooLong = calls.length > 1 ? batchTooLong(whole, asked, reply.status) : undefined
  if (tooLong !== undefined) return refusal(endpoint.name, asked, redacted(tooLong))
  if (reply.status !== 200) throw statusError(endpoint.name, asked, reply, whole && redacted(whole))
  const isEach = Array.isArray(json) && json.length === calls.length
  if (calls.length > 1 && whole !== undefined && !isEach) throw providerError(endpoint.name, asked, redacted(whole))
  const items = calls.length === 1 ? [json] : json
  if (!Array.isArray(items)) throw invalid(endpoint.name, asked.method, 'the body is not a JSON-RPC answer')
  // Where one of the calls is a range, that is what is too large.
  const cut = asked.ranged ? undefined : items.map(errorOf).find((error) => BATCH_TOO_LARGE.test(error?.message ?? ''))
  if (cut !== undefined) return refusal(endpoint.name, asked, redacted(cut))
  const byId = new Map<unknown, object>()
  for (const item of items) if (isObject(item) && 'id' in item) byId.set(item.id, item)
  if (byId.size !== items.length || items.length !== calls.length) {
    throw invalid(endpoint.name, asked.method, `there are ${byId.size} answers to ${calls.length} calls`)
  }
  const results = calls.map((call, index) => {
    const item = byId.get(firstId + index)
    if (item === undefined) throw invalid(endpoint.name, call.method, 'the id of the answer is not that of the call')
    const error = errorOf(item)
    if (error !== undefined && call.mayRevert === true && (error.code === 3 || REVERTED.test(error.message)))
      return null
    if (error !== undefined && call.mayFail === true) return null
    if (error !== undefined) throw providerError(endpoint.name, call, redacted(error))
    if (!('result' in item)) throw invalid(endpoint.name, call.method, 'the answer has neither result nor error')
    return item.result
  })
  return { refusal: undefined, results: () => results }
}

/** The error of several calls that were too many for one request; where one of them is a range, it may be that. */
function batchTooLong(error: JsonRpcError | undefined, asked: AskedFor, status: number): JsonRpcError | undefined {
  if (error !== undefined && BATCH_TOO_LONG.test(error.message)) return error
  return status === 413 && asked.ranged !== true ? { code: status, message: `HTTP status ${status}` } : undefined
}

function refusal(endpoint: string, asked: AskedFor, error: JsonRpcError): Answer {
  return {
    refusal: error,
    results: () => {
      throw providerError(endpoint, asked, error)
    },
  }
}

/** The parsed body, or undefined for what is not JSON: HTML, nothing, half an answer. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function errorOf(json: unknown): JsonRpcError | undefined {
  if (!isObject(json) || !('error' in json) || !isObject(json.error)) return undefined
  const { error } = json
  const code = 'code' in error && typeof error.code === 'number' ? error.code : 0
  const message = 'message' in error && typeof error.message === 'string' ? error.message : 'no message'
  // Nethermind says the rest in the data; where that is hexadecimal it is what a contract returned.
  const data = 'data' in error && typeof error.data === 'string' && !/^0x/i.test(error.data) ? error.data : ''
  return { code, message: data === '' ? message : `${message}: ${data}` }
}

/** The error that is the answer to all of several calls: go-ethereum refuses a batch under the id of the first, dRPC under each. */
function commonError(json: unknown): JsonRpcError | undefined {
  if (!Array.isArray(json)) return undefined
  const errors = json.map(errorOf)
  return errors.every((error) => error?.message === errors[0]?.message) ? errors[0] : undefined
}

/**
 * The error for an HTTP status other than 200. A refusal for credentials or rate is what the status says; else a JSON-RPC error
 * in the body says more (some providers give their limits with status 400 or 500).
 */
function statusError(endpoint: string, asked: AskedFor, reply: Reply, error: JsonRpcError | undefined): FtError {
  const { status, retryAfterMs } = reply
  const code = statusCode(status, asked)
  const isRefusal = code === 'rate_limited' || status === 401 || status === 403
  const said = isRefusal || error === undefined ? undefined : providerError(endpoint, asked, error)
  if (said !== undefined && !(code === 'rpc_transient' && said.code === 'rpc_fatal')) return said
  const wait = code === 'rate_limited' && retryAfterMs !== undefined ? { retryAfterMs } : {}
  const details = { endpoint, method: asked.method, status, ...wait }
  return new FtError(code, `${endpoint} answered ${asked.method} with HTTP status ${status}`, { details })
}

function statusCode(status: number, { ranged }: AskedFor): ErrorCode {
  if (status === 429) return 'rate_limited'
  if (status === 413 && ranged === true) return 'range_too_large'
  return status >= 500 || status === 408 ? 'rpc_transient' : 'rpc_fatal'
}

/** The error for an answer that cannot be right. */
export function invalid(endpoint: string, method: string, why: string): FtError {
  return new FtError('rpc_invalid', `${endpoint} answered ${method} wrongly: ${why}`, { details: { endpoint, method } })
}
