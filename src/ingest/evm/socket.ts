import { WebSocket } from 'undici'
import { FtError } from '../../core/errors.js'
import type { EndpointAddress } from '../endpointNames.js'
import type { Reply } from '../http.js'
import type { Transport } from './http.js'

/** An open websocket that carries text. */
export interface Socket {
  send(text: string): void
  close(): void
}

export interface SocketHandlers {
  onMessage(text: string): void
  /** Called once, when an open socket has ended, by either side. */
  onClose(error: FtError): void
}

/**
 * Opens a websocket. @throws FtError rpc_transient when that fails, the reason of the signal when it aborts before
 */
export async function openSocket(
  endpoint: EndpointAddress,
  handlers: SocketHandlers,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted()
  const socket = new WebSocket(endpoint.url)
  const closed = () =>
    new FtError('rpc_transient', `the websocket of ${endpoint.name} closed`, { details: { endpoint: endpoint.name } })
  await new Promise<void>((resolve, reject) => {
    const settled = new AbortController()
    const once = { once: true, signal: settled.signal }
    const fail = (reason: unknown) => {
      settled.abort()
      socket.close()
      reject(reason)
    }
    signal.addEventListener('abort', () => fail(signal.reason), once)
    socket.addEventListener('error', () => fail(closed()), once)
    socket.addEventListener('close', () => fail(closed()), once)
    socket.addEventListener(
      'open',
      () => {
        settled.abort()
        resolve()
      },
      once,
    )
  })
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') handlers.onMessage(data)
  })
  socket.addEventListener('close', () => handlers.onClose(closed()), { once: true })
  // An error event is always followed by close, which is handled; without a listener it would be reported as uncaught.
  socket.addEventListener('error', () => socket.close())
  return { send: (text) => socket.send(text), close: () => socket.close() }
}

interface Waiting {
  resolve(reply: Reply): void
  reject(error: unknown): void
}

/**
 * JSON-RPC over one websocket, opened when it is needed and again after it closed. Used when an endpoint has no http(s) URL:
 * deriving one from ws(s) would be a guess that is wrong for half of the providers.
 */
export function socketTransport(endpoint: EndpointAddress): Transport {
  const waiting = new Map<number, Waiting>()
  const closing = new AbortController()
  let socket: Promise<Socket> | undefined
  let current: Socket | undefined
  const onClose = (error: FtError) => {
    socket = undefined
    current = undefined
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  const onMessage = (body: string) => {
    const id = firstId(body)
    if (id === undefined) return
    waiting.get(id)?.resolve({ status: 200, retryAfterMs: undefined, body })
    waiting.delete(id)
  }
  const open = async () => {
    socket ??= openSocket(endpoint, { onMessage, onClose }, closing.signal)
    try {
      current = await socket
      return current
    } catch (error) {
      socket = undefined
      throw error
    }
  }
  return {
    async send(body, ids, signal) {
      const open_ = await open()
      const id = Math.min(...ids)
      const done = new AbortController()
      try {
        return await new Promise<Reply>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: done.signal })
          if (signal.aborted) reject(signal.reason)
          waiting.set(id, { resolve, reject })
          open_.send(body)
        })
      } finally {
        done.abort()
        waiting.delete(id)
      }
    },
    close: () => {
      // One that is being opened is closed by the signal.
      closing.abort(new FtError('rpc_transient', `the websocket of ${endpoint.name} was closed`))
      current?.close()
      return Promise.resolve()
    },
  }
}

/** The smallest id of an answer, under which its sender waits; undefined for notifications and for what is not an answer. */
function firstId(body: string): number | undefined {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return undefined
  }
  const ids = (Array.isArray(json) ? json : [json]).map((item: unknown) =>
    typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'number' ? item.id : Infinity,
  )
  const id = Math.min(...ids)
  return Number.isFinite(id) ? id : undefined
}
