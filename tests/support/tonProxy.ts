import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What is answered instead of the truth. */
export interface TonFault {
  /** Requests whose path and query contain this. */
  readonly path: string
  /** How many of them; default all. */
  readonly times?: number
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** The body instead of the true one, or made of it. */
  readonly body?: string | ((body: string) => string | Promise<string>)
  /** Ends the connection without an answer. */
  readonly drop?: boolean
  /** Never answers. */
  readonly hang?: boolean
}

/** A server in front of TonAPI that can misbehave. */
export interface TonProxy {
  readonly url: string
  /** Path and query of every request. */
  readonly requests: string[]
  readonly faults: TonFault[]
  close(): Promise<void>
}

/** Starts a proxy in front of `target`. */
export async function startTonProxy(target: string): Promise<TonProxy> {
  const requests: string[] = []
  const faults: TonFault[] = []
  const used = new Map<TonFault, number>()
  const faultOf = (path: string): TonFault | undefined => {
    const fault = faults.find((one) => path.includes(one.path) && (used.get(one) ?? 0) < (one.times ?? Infinity))
    if (fault !== undefined) used.set(fault, (used.get(fault) ?? 0) + 1)
    return fault
  }
  const server = createServer((request, response) => void handle(request, response))
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url ?? '/')
    requests.push(path)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const fault = faultOf(path)
    if (fault?.drop === true) {
      request.socket.destroy()
      return
    }
    if (fault?.hang === true) return
    const method = request.method ?? 'GET'
    const answer = await fetch(new URL(request.url ?? '', target), {
      method,
      ...(method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
    })
    const text = await answer.text()
    const body = typeof fault?.body === 'function' ? await fault.body(text) : (fault?.body ?? text)
    const headers = { 'content-type': 'application/json', ...fault?.headers }
    response.writeHead(fault?.status ?? answer.status, headers).end(body)
  }
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    faults,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}
