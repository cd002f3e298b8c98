import type { z } from 'zod'
import { FtError } from '../../../core/errors.js'
import type { EndpointAddress } from '../../endpointNames.js'
import { type Http, openHttp, type Reply } from '../../http.js'
import type { ListingSource, OffchainPage } from '../../listings/source.js'
import { type Attempt, createEndpoints, type Endpoint } from '../../resilience.js'
import { readListing } from './listing.js'
import { openseaCollection, openseaPage } from './wire.js'

export interface OpenseaOptions {
  /** Name of the network, for messages. */
  readonly network: string
  readonly chainId: number
  /** `https://api.opensea.io`, or what answers like it. */
  readonly url: string
  readonly key: string | null
  /** OpenSea's names (slugs) of the collections to read. */
  readonly collections: readonly string[]
  /** Default 1: keys that cost nothing may read once a second. */
  readonly requestsPerSecond?: number
  /** First and longest pause before a failed request is made again. */
  readonly backoffMs?: { readonly initial: number; readonly max: number }
  readonly observe?: (attempt: Attempt) => void
}

const PAGE = 100
/** More pages than this is a cursor that never ends. */
const MOST_PAGES = 10_000
const MOST_BYTES = 16 * 1024 * 1024

/** What OpenSea calls a chain, where that is not our name of the network. */
const CHAIN_NAMES: Readonly<Record<number, readonly string[]>> = { 137: ['matic', 'polygon'], 1: ['ethereum'] }

/** The listings that OpenSea keeps, read with the operator's key through its API v2. */
export function openseaSource(options: OpenseaOptions): ListingSource {
  const { network, chainId, url, collections, requestsPerSecond = 1, backoffMs, observe } = options
  const headers: Record<string, string> = options.key === null ? {} : { 'x-api-key': options.key }
  let http: Http | null = null
  const endpoints = createEndpoints({
    ...{ network, urls: [url], requestsPerSecond },
    ...(backoffMs === undefined ? {} : { backoffMs }),
    ...(observe === undefined ? {} : { observe }),
  })
  const chains = CHAIN_NAMES[chainId] ?? [network]
  const get = async (endpoint: Endpoint, path: string, signal: AbortSignal): Promise<Reply> => {
    http ??= openHttp(endpoint, headers, MOST_BYTES)
    return await http.send(`${endpoint.url.replace(/\/+$/, '')}${path}`, undefined, signal)
  }
  const read = <T extends z.ZodType>(method: string, path: string, schema: T, signal: AbortSignal) =>
    endpoints.run(
      (endpoint) =>
        endpoint.request(method, async (bound) => decoded(endpoint, method, schema, await get(endpoint, path, bound))),
      { signal },
    )
  return {
    name: 'opensea',
    scopes: collections,
    async contracts(slug, signal) {
      const path = `/api/v2/collections/${encodeURIComponent(slug)}`
      const { contracts } = await read('collection', path, openseaCollection, signal)
      return contracts.filter(({ chain }) => chains.includes(chain)).map(({ address }) => address)
    },
    async *pages(slug, signal): AsyncIterable<OffchainPage> {
      let next: string | null = ''
      for (let page = 0; next !== null; page += 1) {
        if (page === MOST_PAGES)
          throw new FtError('rpc_invalid', `the listings of ${slug} do not end after ${page} pages`)
        const query = new URLSearchParams({ limit: String(PAGE), ...(next === '' ? {} : { next }) })
        const path = `/api/v2/listings/collection/${encodeURIComponent(slug)}/all?${query}`
        const answer: z.infer<typeof openseaPage> = await read('listings', path, openseaPage, signal)
        const results = answer.listings.map((listing) => readListing(listing, chains))
        yield {
          orders: results.flatMap((one) => ('order' in one ? [one.order] : [])),
          refused: results.flatMap((one) => ('refused' in one ? [one.refused] : [])),
        }
        next = answer.next === undefined || answer.next === '' ? null : answer.next
      }
    },
    async close() {
      endpoints.close()
      await http?.close()
    },
  }
}

function decoded<T extends z.ZodType>(
  endpoint: EndpointAddress,
  method: string,
  schema: T,
  { status, retryAfterMs, body }: Reply,
): z.output<T> {
  if (status === 429) {
    const details = { endpoint: endpoint.name, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
    throw new FtError('rate_limited', `${endpoint.name} asks to slow down`, { details })
  }
  if (status === 401 || status === 403) throw failure('rpc_fatal', endpoint, `refuses the key (status ${status})`)
  if (status === 404) throw failure('rpc_fatal', endpoint, `does not know what is asked for (${method})`)
  if (status >= 400 && status < 500) throw failure('rpc_fatal', endpoint, `refuses ${method} (status ${status})`)
  if (status !== 200) throw failure('rpc_transient', endpoint, `answered ${method} with status ${status}`)
  const parsed = schema.safeParse(parseJson(endpoint, body))
  if (!parsed.success)
    throw invalid(endpoint, `answered ${method} with what is none: ${parsed.error.issues[0]?.message ?? ''}`)
  return parsed.data
}

function parseJson(endpoint: EndpointAddress, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid(endpoint, 'answered with what is not JSON')
  }
}

function invalid(endpoint: EndpointAddress, what: string): FtError {
  return failure('rpc_invalid', endpoint, what)
}

function failure(
  code: 'rpc_fatal' | 'rpc_invalid' | 'rpc_transient',
  { name }: EndpointAddress,
  what: string,
): FtError {
  return new FtError(code, `${name} ${what}`, { details: { endpoint: name } })
}
