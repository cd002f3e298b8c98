import type { EndpointAddress } from '../endpointNames.js'
import { openHttp, type Reply } from '../http.js'

/** Carries JSON-RPC text to one endpoint and back. `ids` are the ids of the calls in `body`. An answer on a socket has status 200. */
export interface Transport {
  /** @throws FtError rpc_transient when the connection fails, rpc_invalid with `tooLong` when the answer is beyond the size bound */
  send(body: string, ids: readonly number[], signal: AbortSignal): Promise<Reply>
  close(): Promise<void>
}

/** JSON-RPC over HTTP POST. User info in the URL becomes basic authentication. */
export function httpTransport(endpoint: EndpointAddress): Transport {
  const url = new URL(endpoint.url)
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  const own = user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }
  const http = openHttp(endpoint, own)
  return {
    send: (body, _ids, signal) => http.send(url, body, signal),
    close: () => http.close(),
  }
}
