import { Agent, type Dispatcher, request } from 'undici'
import { FtError, messageOf } from '../../core/errors.js'
import type { EndpointAddress } from '../endpointNames.js'
import { retryAfter } from '../retryAfter.js'

/** An answer as it came: HTTP status (200 on a socket), delay that it asks for, body. */
export interface Reply {
  readonly status: number
  readonly retryAfterMs: number | undefined
  readonly body: string
}

/** Carries JSON-RPC text to one endpoint and back. `ids` are the ids of the calls in `body`. */
export interface Transport {
  /** @throws FtError rpc_transient when the connection fails, rpc_invalid with `tooLong` when the answer is beyond the size bound */
  send(body: string, ids: readonly number[], signal: AbortSignal): Promise<Reply>
  close(): Promise<void>
}

/** Largest answer that is read, in bytes. */
const MOST_BYTES = 64 * 1024 * 1024

/** JSON-RPC over HTTP POST with kept-alive connections. User info in the URL becomes basic authentication. */
export function httpTransport(endpoint: EndpointAddress, mostBytes = MOST_BYTES): Transport {
  const agent = new Agent({ keepAliveTimeout: 30_000, connections: 16 })
  const url = new URL(endpoint.url)
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  const authorization = user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }
  url.username = ''
  url.password = ''
  const headers = { 'content-type': 'application/json', accept: 'application/json', ...authorization }
  return {
    async send(body, _ids, signal) {
      try {
        const response = await request(url, { method: 'POST', headers, body, signal, dispatcher: agent })
        const text = await readBody(response, endpoint.name, mostBytes)
        return { status: response.statusCode, retryAfterMs: retryAfter(response.headers['retry-after']), body: text }
      } catch (error) {
        if (error instanceof FtError) throw error
        const message = `${endpoint.name} did not answer: ${endpoint.redact(messageOf(error))}`
        throw new FtError('rpc_transient', message, { details: { endpoint: endpoint.name } })
      }
    },
    close: () => agent.destroy(),
  }
}

async function readBody(response: Dispatcher.ResponseData, endpoint: string, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response.body) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > mostBytes) throw tooLong(endpoint, mostBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size).toString('utf8')
}

function tooLong(endpoint: string, mostBytes: number): FtError {
  const details = { endpoint, tooLong: true }
  return new FtError('rpc_invalid', `${endpoint} sent more than ${mostBytes} bytes`, { details })
}
