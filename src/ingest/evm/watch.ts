import { decorrelatedJitterGenerator, ExponentialBackoff } from 'cockatiel'
import { FtError, isFtError } from '../../core/errors.js'
import { sleep } from '../../core/wakeup.js'
import { linkSignals } from '../abort.js'
import type { EndpointAddress } from '../endpointNames.js'
import type { Attempt } from '../resilience.js'
import { openSocket, type Socket } from './socket.js'

export interface WatchOptions {
  /** Websocket endpoints; when one fails, the next takes over. */
  readonly endpoints: readonly EndpointAddress[]
  readonly onHead: () => void
  /** Hears of every subscription that ended, as a request `eth_subscribe`. */
  readonly observe?: ((attempt: Attempt) => void) | undefined
  /** A subscription without a head for so long is taken for dead; default 30,000. */
  readonly silenceMs?: number
}

const SUBSCRIBE = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] })

/**
 * Calls `onHead` for every head that a node announces (`eth_subscribe newHeads`). Connects again for ever, with growing pauses
 * while it fails. It is a doorbell: nothing of the message is believed.
 */
export function watchHeads(options: WatchOptions): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const running = follow(options, stopping.signal)
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

async function follow(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const calm = new ExponentialBackoff({ generator: decorrelatedJitterGenerator, initialDelay: 200, maxDelay: 15_000 })
  let backoff = calm.next()
  for (let turn = 0; !signal.aborted; turn += 1) {
    const endpoint = options.endpoints[turn % options.endpoints.length]
    if (endpoint === undefined) return
    const started = performance.now()
    const { heads, error } = await subscription(endpoint, options, signal)
    if (signal.aborted) return
    const outcome = isFtError(error) ? error.code : 'internal'
    const seconds = (performance.now() - started) / 1_000
    options.observe?.({ endpoint: endpoint.name, method: 'eth_subscribe', outcome, seconds })
    backoff = heads > 0 ? calm.next() : backoff.next(undefined)
    await sleep(backoff.duration, signal)
  }
}

/** One subscription, until it ends: how many heads it announced, and why it ended. */
async function subscription(
  endpoint: EndpointAddress,
  { onHead, silenceMs = 30_000 }: WatchOptions,
  signal: AbortSignal,
): Promise<{ readonly heads: number; readonly error: unknown }> {
  let heads = 0
  let socket: Socket | undefined
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(silent(endpoint, silenceMs)), silenceMs)
  const link = linkSignals([signal, silence.signal])
  try {
    const ended = new Promise<never>((_, reject) => {
      const onMessage = (text: string) => {
        timer.refresh()
        const kind = messageKind(text)
        if (kind === 'refused') reject(new FtError('rpc_fatal', `${endpoint.name} refuses eth_subscribe newHeads`))
        if (kind !== 'head') return
        heads += 1
        onHead()
      }
      link.signal.addEventListener('abort', () => reject(link.signal.reason), { once: true })
      openSocket(endpoint, { onMessage, onClose: reject }, link.signal)
        .then((open) => {
          socket = open
          open.send(SUBSCRIBE)
        })
        .catch(reject)
    })
    return await ended
  } catch (error) {
    return { heads, error }
  } finally {
    clearTimeout(timer)
    link.release()
    socket?.close()
  }
}

function silent(endpoint: EndpointAddress, silenceMs: number): FtError {
  return new FtError('rpc_transient', `${endpoint.name} announced no head for ${silenceMs} ms`)
}

function messageKind(text: string): 'head' | 'refused' | 'other' {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'other'
  }
  if (typeof json !== 'object' || json === null) return 'other'
  if ('method' in json && json.method === 'eth_subscription') return 'head'
  return 'error' in json && json.error !== null ? 'refused' : 'other'
}
