import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { route, type TonView } from './routes.js'

/** TonAPI v2 over a development chain. */
export interface TonServer {
  readonly url: string
  close(): Promise<void>
}

const MOST_BYTES = 1024 * 1024

/** Serves on a free port of 127.0.0.1 what TonAPI's contract says of the routes that an indexer uses. */
export async function serveTonApi(view: TonView): Promise<TonServer> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      body += chunk
      if (body.length > MOST_BYTES) request.destroy()
    })
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      route(view, request.method ?? 'GET', url, body).then(
        ({ status, json }) => answer(response, status, json),
        (error: unknown) => answer(response, 500, JSON.stringify({ Error: String(error) })),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${portOf(server)}`, close: () => close(server) }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function answer(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(json)
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
