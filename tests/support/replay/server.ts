import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { EvmRecording } from '../mainnet.js'
import { answer, type NodeState } from './answer.js'
import type { ReplayChain } from './chain.js'
import { type Fault, type FaultQueue, faultQueue } from './faults.js'
import { RpcRefusal } from './getLogs.js'
import { recordedChain } from './recorded.js'

export interface ReplayOptions {
  /** Head at the start; default: the chain's last block. */
  readonly head?: number
  /** Finalized block at the start; default: none. */
  readonly finalized?: number
  /** Safe block at the start; default: none. */
  readonly safe?: number
  readonly mostBlocks?: number
  readonly mostLogs?: number
  /** Misbehaviour beside `faults`: asked at every request, undefined for none. */
  readonly chaos?: () => Fault | undefined
}

/** A JSON-RPC server on a free port of the loopback interface that plays a chain. */
export interface Replay {
  readonly url: string
  readonly faults: FaultQueue
  /** Every call that came, in order. */
  readonly calls: readonly { readonly method: string; readonly params: readonly unknown[] }[]
  readonly head: number
  setHead(head: number): void
  setFinalized(finalized: number | null): void
  setSafe(safe: number | null): void
  /** Switches to another chain, as a reorganisation does; the head becomes its last block unless given. */
  setChain(chain: ReplayChain, head?: number): void
  close(): Promise<void>
}

interface Call {
  readonly id: unknown
  readonly method: string
  readonly params: readonly unknown[]
}

/** Serves recordings, or a scripted chain. */
export async function startReplay(
  what: ReplayChain | readonly EvmRecording[],
  options: ReplayOptions = {},
): Promise<Replay> {
  const chain = 'block' in what ? what : recordedChain(what)
  const state: NodeState = {
    chain,
    head: options.head ?? chain.height,
    finalized: options.finalized ?? null,
    safe: options.safe ?? null,
    mostBlocks: options.mostBlocks ?? Infinity,
    mostLogs: options.mostLogs ?? Infinity,
  }
  const faults = faultQueue()
  const calls: Call[] = []
  const server = createServer((request, response) => {
    void serve(state, { faults, chaos: options.chaos }, calls, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    faults,
    calls,
    get head() {
      return state.head
    },
    setHead: (head) => {
      state.head = head
    },
    setFinalized: (finalized) => {
      state.finalized = finalized
    },
    setSafe: (safe) => {
      state.safe = safe
    },
    setChain: (next, head = next.height) => {
      state.chain = next
      state.head = head
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function serve(
  state: NodeState,
  { faults, chaos }: { readonly faults: FaultQueue; readonly chaos: ReplayOptions['chaos'] },
  calls: Call[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const message: unknown = JSON.parse(await text(request))
  const batch = (Array.isArray(message) ? message : [message]).map(toCall)
  calls.push(...batch)
  const fault = faults.take(batch.map(({ method }) => method)) ?? chaos?.()
  const answers = batch.map((call) => answerCall(state, call, fault))
  const whole: unknown = Array.isArray(message) ? answers : answers[0]
  reply(response, fault, JSON.stringify(fault?.kind === 'envelope' ? fault.change(whole) : whole))
}

function toCall(value: unknown): Call {
  if (typeof value !== 'object' || value === null || !('method' in value) || !('params' in value)) {
    throw new Error('this is not a JSON-RPC call')
  }
  const { method, params } = value
  return { id: 'id' in value ? value.id : null, method: String(method), params: Array.isArray(params) ? params : [] }
}

function answerCall(state: NodeState, { id, method, params }: Call, fault: Fault | undefined): unknown {
  const isMeant = fault?.method === undefined || fault.method === method
  if (fault?.kind === 'error' && isMeant) {
    return { jsonrpc: '2.0', id, error: { code: fault.code, message: fault.message } }
  }
  try {
    const result = answer(state, method, params)
    return { jsonrpc: '2.0', id, result: fault?.kind === 'result' && isMeant ? fault.change(result, params) : result }
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error
    return { jsonrpc: '2.0', id, error: { code: error.code, message: error.message } }
  }
}

function reply(response: ServerResponse, fault: Fault | undefined, body: string): void {
  const headers = { 'content-type': 'application/json' }
  switch (fault?.kind) {
    case 'status':
      response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
      return
    case 'body':
      response.writeHead(200, headers).end(fault.body)
      return
    case 'cut':
      response.writeHead(200, headers).end(body.slice(0, Math.floor(body.length / 2)))
      return
    case 'short':
      response.writeHead(200, { ...headers, 'content-length': String(body.length) })
      response.write(body.slice(0, Math.floor(body.length / 2)), () => response.destroy())
      return
    case 'drop':
      response.destroy()
      return
    case 'hang':
      return
    case 'error':
    case 'result':
    case 'envelope':
    case undefined:
      response.writeHead(200, headers).end(body)
  }
}
