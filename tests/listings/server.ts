import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { SEAPORT } from '../../src/devnet/seaport/contract.js'
import { type DevOrder, orderHash } from '../../src/devnet/seaport/order.js'

/** An HTTP server that answers like OpenSea's API v2, and as badly as a test wants. */
export interface ListingServer {
  readonly url: string
  /** What was asked, in order: path with query, and the key that came with it. */
  readonly asked: { readonly path: string; readonly key: string | undefined }[]
  /** Listings of the collection, page by page. */
  pages: readonly (readonly unknown[])[]
  contracts: readonly { readonly address: string; readonly chain: string }[]
  /** The next requests get these answers instead. */
  readonly instead: Instead[]
}

export interface Instead {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Starts a server; it is stopped after the test, or by `close`. */
export async function startListingServer(): Promise<ListingServer & { close(): Promise<void> }> {
  const state = {
    asked: [] as { path: string; key: string | undefined }[],
    pages: [[]] as readonly (readonly unknown[])[],
    contracts: [] as readonly { address: string; chain: string }[],
    instead: [] as Instead[],
  }
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? ''
    const key = request.headers['x-api-key']
    state.asked.push({ path, key: typeof key === 'string' ? key : undefined })
    const instead = state.instead.shift()
    if (instead !== undefined) {
      response.writeHead(instead.status, instead.headers).end(instead.body ?? '')
      return
    }
    const { searchParams } = new URL(path, 'http://server')
    const page = Number(searchParams.get('next') ?? 0)
    const next = page + 1 < state.pages.length ? String(page + 1) : null
    const body = path.includes('/listings/')
      ? { listings: state.pages[page] ?? [], next }
      : { collection: 'things', contracts: state.contracts }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return Object.assign(state, { url: `http://127.0.0.1:${port}`, close })
}

/** The same, stopped after the test. */
export async function listingServer(): Promise<ListingServer> {
  const server = await startListingServer()
  onTestFinished(() => server.close())
  return server
}

/** An order as the API shows it. */
export function shown(order: DevOrder, more: object = {}): Record<string, unknown> {
  const { counter, ...parameters } = order
  const text = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
  const json = JSON.parse(JSON.stringify({ ...parameters, counter: Number(counter) }, text)) as Record<string, unknown>
  return {
    ...{ order_hash: orderHash(order), chain: 'matic', type: 'basic', protocol_address: SEAPORT },
    protocol_data: { parameters: { ...json, totalOriginalConsiderationItems: 3 }, signature: '0x' },
    price: { current: { currency: 'POL', decimals: 18, value: '1' } },
    ...more,
  }
}
