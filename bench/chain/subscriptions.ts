import type { Server } from 'node:http'
import { z } from 'zod'
import { headerText, type Service } from './answers.js'
import { respond } from './rpcServer.js'
import type { StoredBlock } from './store.js'
import { acceptWebSocket, type WebSocketPeer } from './webSocket.js'

const subscribe = z.object({
  id: z.unknown().optional(),
  method: z.enum(['eth_subscribe', 'eth_unsubscribe']),
  params: z.array(z.unknown()),
})

/** Serves the chain over websockets too, with `eth_subscribe` for `newHeads`. Gives the function that announces a head. */
export function serveWebSockets(
  server: Server,
  service: Service,
): { announce(block: StoredBlock): void; close(): void } {
  const subscribers = new Map<string, WebSocketPeer>()
  const peers = new Set<WebSocketPeer>()
  let nextId = 1
  server.on('upgrade', (request, socket) => {
    acceptWebSocket(request, socket, onText, (peer) => {
      peers.delete(peer)
      for (const [id, subscriber] of subscribers) if (subscriber === peer) subscribers.delete(id)
    })
  })

  const onText = (text: string, peer: WebSocketPeer): void => {
    peers.add(peer)
    const wanted = subscribe.safeParse(JSON.parse(text))
    if (!wanted.success) {
      peer.send(respond(service, text).map(String).join(''))
      return
    }
    const { id, method, params } = wanted.data
    if (method === 'eth_unsubscribe') {
      peer.send(JSON.stringify({ jsonrpc: '2.0', id, result: subscribers.delete(String(params[0])) }))
    } else if (params[0] !== 'newHeads') {
      peer.send(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32602, message: 'only newHeads here' } }))
    } else {
      const subscription = `0x${(nextId++).toString(16)}`
      subscribers.set(subscription, peer)
      peer.send(JSON.stringify({ jsonrpc: '2.0', id, result: subscription }))
    }
  }
  return {
    announce(block) {
      const result: unknown = JSON.parse(String(headerText(service.chain, block)))
      for (const [subscription, peer] of subscribers) {
        peer.send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription, result } }))
      }
    },
    close() {
      for (const peer of peers) peer.close()
    },
  }
}
