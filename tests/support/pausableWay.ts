import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A way to a server on which nothing comes through while it is paused; no connection is lost by that. */
export interface PausableWay {
  /** The URL that goes this way. */
  readonly url: string
  pause(): void
  resume(): void
  /** Breaks what goes this way. */
  close(): Promise<void>
}

export async function pausableWay(to: string): Promise<PausableWay> {
  const { port, hostname } = new URL(to)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      const other = socket === client ? upstream : client
      sockets.add(socket)
      socket.on('data', (chunk) => other.write(chunk))
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the way has no port')
  const url = new URL(to)
  url.hostname = '127.0.0.1'
  url.port = String(address.port)
  return {
    url: url.href,
    pause: () => {
      for (const socket of sockets) socket.pause()
    },
    resume: () => {
      for (const socket of sockets) socket.resume()
    },
    close: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
