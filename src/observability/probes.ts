import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { FtError, messageOf } from '../core/errors.js'
import { listeningUrl } from './listeningUrl.js'

/** What a process says about itself. */
export interface ProcessHealth {
  /** Whether it should be given work. */
  readonly ready: boolean
  /** Why not. */
  readonly reason: string | null
}

export interface ProbesOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly health: () => ProcessHealth
  readonly metrics: { readonly contentType: string; text(): Promise<string> }
}

export interface Probes {
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves what the surroundings of a process ask it: `/health` (it answers at all), `/health/ready` (503 while it should get no
 * work, with the reason) and `/metrics` (Prometheus).
 * @throws FtError config_invalid when the port is taken
 */
export async function serveProbes(options: ProbesOptions): Promise<Probes> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      send(response, 500, 'text/plain', `${messageOf(error)}\n`)
    })
  })
  const { host, port } = options
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(unusable(error, host, port)))
    server.listen(port, host, resolve)
  })
  return {
    url: listeningUrl(server, host),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(options: ProbesOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return send(response, 405, 'text/plain', 'only GET and HEAD\n')
  }
  const [path = ''] = (request.url ?? '').split('?', 1)
  switch (path) {
    case '/health':
      return sendJson(response, 200, { status: 'ok' })
    case '/health/ready': {
      const health = options.health()
      return sendJson(response, health.ready ? 200 : 503, { status: health.ready ? 'ready' : 'not ready', ...health })
    }
    case '/metrics':
      return send(response, 200, options.metrics.contentType, await options.metrics.text())
    default:
      return send(response, 404, 'text/plain', 'there are /health, /health/ready and /metrics\n')
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json', `${JSON.stringify(body)}\n`)
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body)
}

function unusable(error: NodeJS.ErrnoException, host: string, port: number): FtError {
  const why = error.code === 'EADDRINUSE' ? `port ${port} of ${host} is in use` : messageOf(error)
  return new FtError(
    'config_invalid',
    `FT_METRICS_PORT: ${why}; processes on one machine need a port each, and FT_METRICS_PORT=0 takes a free one`,
    { cause: error },
  )
}
