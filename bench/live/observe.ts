import { setTimeout as delay } from 'node:timers/promises'
import { Agent, request, WebSocket } from 'undici'
import { z } from 'zod'

/** When (milliseconds since 1970) somebody first saw each block. */
export type Seen = Map<number, number>

/** Between two looks of an observer: the resolution of what it measures. */
const LOOK_MS = 2

const status = z.object({ data: z.object({ projected: z.object({ number: z.int() }).nullable() }) })

/**
 * Looks at the network's status over the API until `signal` is aborted, and notes when each block first counted: status and read
 * models are of one snapshot, so from then on every answer contains the block's events.
 */
export async function observeApi(url: string, from: number, signal: AbortSignal): Promise<Seen> {
  const seen: Seen = new Map()
  const agent = new Agent({ connections: 1 })
  let next = from
  try {
    while (!signal.aborted) {
      const answer = await request(`${url}/api/v1/networks/polygon`, { dispatcher: agent })
      const { projected } = status.parse(await answer.body.json()).data
      const now = Date.now()
      for (; next <= (projected?.number ?? -1); next += 1) seen.set(next, now)
      await pause(signal)
    }
  } finally {
    await agent.destroy()
  }
  return seen
}

/**
 * The floor: a client that does nothing but poll the endpoint every `pollMs` (null: is told by a websocket) and fetch header and
 * logs of each new block.
 */
export async function observeChain(
  chain: { readonly url: string; readonly wsUrl: string; call(method: string, ...params: unknown[]): Promise<unknown> },
  from: number,
  pollMs: number | null,
  signal: AbortSignal,
): Promise<Seen> {
  const seen: Seen = new Map()
  let next = from
  const look = async (): Promise<void> => {
    const head = Number(await chain.call('eth_blockNumber'))
    for (; next <= head; next += 1) {
      const at = `0x${next.toString(16)}`
      await Promise.all([
        chain.call('eth_getBlockByNumber', at, false),
        chain.call('eth_getLogs', { fromBlock: at, toBlock: at }),
      ])
      seen.set(next, Date.now())
    }
  }
  if (pollMs === null) await onHeads(chain.wsUrl, look, signal)
  else
    while (!signal.aborted) {
      await look()
      await pause(signal, pollMs)
    }
  return seen
}

async function onHeads(url: string, look: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const socket = new WebSocket(url)
  let work = Promise.resolve()
  socket.addEventListener('open', () =>
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] })),
  )
  socket.addEventListener('message', () => {
    work = work.then(look)
  })
  while (!signal.aborted) await pause(signal, 100)
  socket.close()
  await work
}

async function pause(signal: AbortSignal, ms = LOOK_MS): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
