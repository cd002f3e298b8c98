import { WebSocket } from 'undici'
import { FtError } from '../../core/errors.js'
import { untilAborted } from '../abort.js'
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

/** One websocket with what is waited for on it. */
interface Connection {
  readonly opened: Promise<Socket>
  readonly waiting: Map<number, Waiting>
  /** When it was opened, or the last message came (performance.now() milliseconds). */
  heard: number
  /** Ends it, and with it everything that waits; the next request opens another. */
  end(error: FtError): void
}

/**
 * JSON-RPC over one websocket, opened when it is needed and again after it closed, or fell silent: where a connection is cut without a word
 * nobody says so for a quarter of an hour. Used when an endpoint has no http(s) URL: deriving one from ws(s) would be a guess that
 * is wrong for half of the providers.
 */
export function socketTransport(endpoint: EndpointAddress): Transport {
  const details = { endpoint: endpoint.name }
  let current: Connection | undefined
  const connect = (): Connection => {
    const connection = openConnection(endpoint, () => {
      if (current === connection) current = undefined
    })
    return connection
  }
  return {
    async send(body, ids, signal) {
      current ??= connect()
      const connection = current
      const { opened, waiting } = connection
      const asked = performance.now()
      const id = Math.min(...ids)
      try {
        const socket = await untilAborted(opened, signal)
        const answer = new Promise<Reply>((resolve, reject) => {
          waiting.set(id, { resolve, reject })
          socket.send(body)
        })
        return await untilAborted(answer, signal)
      } catch (error) {
        const isSilent = signal.aborted && connection.heard < asked
        if (isSilent) {
          connection.end(new FtError('rpc_transient', `the websocket of ${endpoint.name} is silent`, { details }))
        }
        throw error
      } finally {
        waiting.delete(id)
      }
    },
    close: () => {
      current?.end(new FtError('rpc_transient', `the websocket of ${endpoint.name} was closed`, { details }))
      return Promise.resolve()
    },
  }
}

function openConnection(endpoint: EndpointAddress, onEnd: () => void): Connection {
  const ending = new AbortController()
  const waiting = new Map<number, Waiting>()
  const onMessage = (body: string) => {
    connection.heard = performance.now()
    const id = firstId(body)
    if (id !== undefined) waiting.get(id)?.resolve({ status: 200, retryAfterMs: undefined, body })
  }
  const end = (error: FtError) => {
    onEnd()
    // One that is being opened is closed by the signal.
    ending.abort(error)
    connection.opened.then(
      (socket) => socket.close(),
      () => undefined,
    )
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  const opened = openSocket(endpoint, { onMessage, onClose: end }, ending.signal)
  opened.catch(end)
  const connection: Connection = { opened, waiting, heard: performance.now(), end }
  return connection
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
