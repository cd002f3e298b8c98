import { FtError } from '../../core/errors.js'
import { cleanName } from '../../core/itemMetadata.js'
import type { BlockHeader, ChainAdapter, ChainBlock, ChainRange } from '../adapter.js'
import { firstContact } from '../firstContact.js'
import { type Http, openHttp } from '../http.js'
import { createEndpoints, type Endpoint, type EndpointsOptions } from '../resilience.js'
import { chainEvents } from './chainEvents.js'
import { type TonApi, tonApi } from './client.js'
import { newKnowledge, type Recorded } from './evidence.js'
import { readHoldings } from './holdings.js'
import { parseTon } from './parse.js'
import { tonPayload } from './payload.js'
import { checkNetwork, headerOf, readSeqno } from './read.js'
import { Refusals } from './refusals.js'
import type { TonBlock } from './wire.js'

/** How TON is read; what is left out has the defaults of `EndpointsOptions`, and the rates that TonAPI allows. */
export interface TonAdapterOptions extends EndpointsOptions {
  /** Global id of the network: -239 is mainnet. */
  readonly chainId: number
  /** Key for hosted TonAPI; null for requests without one. */
  readonly apiKey: string | null
  /** Which accounts the ledger knows as items; default: none. Those alone are burned when they are destroyed. */
  readonly recorded?: Recorded
}

/** Hosted TonAPI without a key: one request in four seconds. */
const ANONYMOUS_PER_SECOND = 0.25
const KNOWN_BLOCKS = 1024

/**
 * The adapter of TON over TonAPI v2, with the masterchain seqno as height: a masterchain block is final as soon as it exists, and so
 * is every shard block that it commits. Nothing is connected before `start` or the first request.
 * @throws FtError config_invalid
 */
export function createTonAdapter(options: TonAdapterOptions): ChainAdapter {
  const isAnonymous = options.apiKey === null && options.urls.some((url) => /\/\/tonapi\.io(?:[/:]|$)/i.test(url))
  const pool = createPool({ ...(isAnonymous ? { requestsPerSecond: ANONYMOUS_PER_SECOND } : {}), ...options })
  const { chainId, network } = options
  // Memory is bounded by it.
  const mostSeqnos = isAnonymous ? 4 : 64
  const knowledge = newKnowledge(options.recorded)
  const blocks = createBlockCache()
  const header = async (api: TonApi, number: number): Promise<BlockHeader> => {
    const block = await blocks.get(api, number)
    return headerOf(api, block, number <= 1 ? null : await blocks.get(api, number - 1))
  }
  const block = async (api: TonApi, number: number): Promise<ChainBlock> => {
    const seqno = await readSeqno(api, number, chainId)
    blocks.put(seqno.block)
    return { header: await header(api, number), events: await chainEvents(api, chainId, knowledge, seqno) }
  }
  return {
    network,
    start: () => pool.start(),
    head: () =>
      pool.run(async (api) => {
        const head = await api.masterchainHead()
        blocks.put(head)
        return await header(api, head.seqno)
      }),
    // The newest masterchain block is final: the depth rule with depth 0 says the same without asking, and `safe` would say it twice.
    finalized: async () => null,
    header: (number) => pool.run((api) => header(api, number)),
    block: (number) => pool.run((api) => block(api, number)),
    // What is known of contracts decides what their messages mean, and a second look may know less: absence proves nothing.
    reread: async (number) => ({ block: known(await pool.run((api) => block(api, number))), complete: false }),
    range: async (from, to) => {
      if (to - from + 1 > mostSeqnos) throw tooLarge(network, to - from + 1, mostSeqnos)
      // Each seqno is an operation of its own, so that a failure costs one of them; the endpoint's queue bounds what is in flight.
      const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index)
      return rangeOf(from, to, await Promise.all(numbers.map((number) => pool.run((api) => block(api, number)))))
    },
    // An item is a contract of its own, and what it did is known only together with what it said of itself at the time.
    rangeOf: null,
    origin: async () => null,
    holdings: (questions, number) =>
      pool.run(async (api) => readHoldings(api, questions, (await blocks.get(api, number)).end_lt)),
    // A movement is recorded only after item and collection have been asked and have said that the one belongs to the other.
    confirms: async (questions) => questions.map(({ standard }) => standard === 'tep62'),
    names: async (addresses) => {
      // Without a key the endpoint answers so seldom that reading needs it all.
      if (isAnonymous) return addresses.map(() => null)
      const found = await pool.run((api) => api.collections(addresses))
      const names = new Map(found.map(({ address, metadata }) => [address, cleanName(metadata?.['name'])]))
      return addresses.map((address) => names.get(address) ?? null)
    },
    metadataUpdates: null,
    // TonAPI puts an item's content together (TEP-64) and fetches what it refers to.
    metadata: async (questions) => {
      const items = await pool.run((api) => api.items(questions.map(({ contract }) => contract)))
      const documents = new Map(items.map(({ address, metadata }) => [address, metadata]))
      return questions.map(({ contract }) => {
        const document = documents.get(contract)
        return document === undefined ? null : { document }
      })
    },
    watch: async () => null,
    parse: parseTon,
    close: () => pool.close(),
  }
}

/** All blocks are there or none: a range is contiguous, and each block names the one before it. */
function rangeOf(from: number, to: number, blocks: readonly ChainBlock[]): ChainRange {
  const last = blocks.at(-1)?.header
  if (last === undefined) throw new FtError('internal', `the range ${from} to ${to} is empty`)
  blocks.forEach(({ header }, index) => {
    const before = blocks[index - 1]?.header
    if (before !== undefined && header.parentHash !== before.hash) {
      throw new FtError('rpc_invalid', `block ${header.number} does not follow block ${before.number}`)
    }
  })
  return { from, to, blocks: blocks.filter(({ events }) => events.length > 0), last }
}

/**
 * What a second look knows: an item that is gone by then can no longer be asked, and that it is none is no news.
 * @throws FtError rpc_transient where an account cannot be read
 */
function known({ header, events }: ChainBlock): ChainBlock {
  const found = events.filter(({ payload }) => {
    const evidence = tonPayload.safeParse(payload).data?.evidence
    if (evidence?.unread !== undefined) throw new FtError('rpc_transient', evidence.unread)
    return evidence !== undefined && evidence.item !== null
  })
  return { header, events: found }
}

function tooLarge(network: string, asked: number, maxBlocks: number): FtError {
  const message = `${network}: ${asked} seqnos are too many for one range`
  return new FtError('range_too_large', message, { details: { hint: { maxBlocks } } })
}

interface Pool {
  start(): Promise<string | null>
  run<T>(operation: (api: TonApi) => Promise<T>): Promise<T>
  close(): Promise<void>
}

function createPool(options: TonAdapterOptions): Pool {
  const endpoints = createEndpoints(options)
  const key: Record<string, string> = options.apiKey === null ? {} : { authorization: `Bearer ${options.apiKey}` }
  const refusals = new Refusals(endpoints.names.length)
  const clients = new Map<string, Http>()
  const checked = new Set<string>()
  const checkedApi = async (endpoint: Endpoint, again = false): Promise<TonApi> => {
    const http = clients.get(endpoint.name) ?? openHttp(endpoint, key)
    clients.set(endpoint.name, http)
    const api = tonApi(endpoint, http, refusals, again)
    if (!checked.has(endpoint.name)) checkNetwork(api, await api.masterchainHead(), options.chainId)
    checked.add(endpoint.name)
    return api
  }
  return {
    run: (operation) => {
      const visited = new Set<string>()
      return endpoints.run(async (endpoint) => {
        const again = visited.has(endpoint.name)
        visited.add(endpoint.name)
        return operation(await checkedApi(endpoint, again))
      })
    },
    start: () =>
      firstContact(
        endpoints,
        checkedApi,
        async (endpoint) => `0x${(await (await checkedApi(endpoint)).masterchainBlock(1)).root_hash}`,
      ),
    close: async () => {
      endpoints.close()
      await Promise.all([...clients.values()].map((http) => http.close()))
    },
  }
}

/** Masterchain blocks that were seen: a header needs its parent's hash, which TonAPI does not give along. */
function createBlockCache() {
  const known = new Map<number, TonBlock>()
  const put = (block: TonBlock): void => {
    known.delete(block.seqno)
    known.set(block.seqno, block)
    const [oldest] = known.keys()
    if (known.size > KNOWN_BLOCKS && oldest !== undefined) known.delete(oldest)
  }
  return {
    put,
    get: async (api: TonApi, number: number): Promise<TonBlock> => {
      const block = known.get(number) ?? (await api.masterchainBlock(number))
      put(block)
      return block
    },
  }
}
