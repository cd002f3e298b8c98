import type { Server } from 'node:http'

/** The URL of a server that listens, with the host that it was told: `0.0.0.0` stays, as others than this machine reach it. */
export function listeningUrl(server: Server, host: string): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}
