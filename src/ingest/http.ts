import { Agent, type Dispatcher, request } from 'undici'
import { FtError, isFtError, messageOf } from '../core/errors.js'
import type { EndpointAddress } from './endpointNames.js'
import { retryAfter } from './retryAfter.js'

/** An answer as it came: HTTP status, delay that it asks for, body. */
export interface Reply {
  readonly status: number
  readonly retryAfterMs: number | undefined
  readonly body: string
}

/** HTTP to one endpoint, with connections that are kept. */
export interface Http {
  /**
   * Makes one request: GET without `body`, POST with it.
   * @throws FtError rpc_transient when the connection fails (`noAnswer: 'cut'` when it was made and then cut), rpc_invalid with
   *   `tooLong` when the answer is beyond the size bound
   */
  send(url: string | URL, body: string | undefined, signal: AbortSignal): Promise<Reply>
  close(): Promise<void>
}

/** Largest answer that is read, in bytes: ten times what the busiest block needs. */
const MOST_BYTES = 64 * 1024 * 1024

/** JSON over HTTP; `own` are headers that go along with every request, a key for instance. */
export function openHttp(
  endpoint: EndpointAddress,
  own: Readonly<Record<string, string>>,
  mostBytes = MOST_BYTES,
): Http {
  const agent = new Agent({ keepAliveTimeout: 30_000, connections: 16 })
  const headers = { accept: 'application/json', 'content-type': 'application/json', ...own }
  return {
    async send(url, body, signal) {
      try {
        const method = body === undefined ? 'GET' : 'POST'
        const options = { method, headers, signal, dispatcher: agent, ...(body === undefined ? {} : { body }) } as const
        const response = await request(url, options)
        const text = await readBody(response, endpoint.name, mostBytes)
        return { status: response.statusCode, retryAfterMs: retryAfter(response.headers['retry-after']), body: text }
      } catch (error) {
        if (error instanceof FtError) throw error
        const message = `${endpoint.name} did not answer: ${endpoint.redact(messageOf(error))}`
        const details = { endpoint: endpoint.name, ...(isCut(error) ? { noAnswer: 'cut' } : {}) }
        throw new FtError('rpc_transient', message, { details })
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
    if (size > mostBytes) {
      const details = { endpoint, tooLong: true }
      throw new FtError('rpc_invalid', `${endpoint} sent more than ${mostBytes} bytes`, { details })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size).toString('utf8')
}

/** Whether a connection ended before the answer did. */
function isCut(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['UND_ERR_SOCKET', 'ECONNRESET'].includes(String(error.code))
}

/** Whether an answer was longer than anything that is read. */
export function isTooLong(error: unknown): error is FtError {
  return isFtError(error, 'rpc_invalid') && error.details['tooLong'] === true
}
