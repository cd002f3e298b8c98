import type { ChainAdapter } from '../adapter.js'
import { type EndpointAddress, nameEndpoints } from '../endpointNames.js'
import { firstContact } from '../firstContact.js'
import { createEndpoints, type Endpoint, type EndpointsOptions, type RunOptions } from '../resilience.js'
import { agreedBlock, agreedFinalized, agreedHeader, agreedRange, type Pool } from './agree.js'
import { readHoldings, readNames, readOrigin, readStandards, readTokenUris } from './contracts.js'
import { headReader } from './head.js'
import { httpTransport, type Transport } from './http.js'
import { readMetadataUpdates } from './metadataUpdates.js'
import { parseEvm } from './parse.js'
import { checkChainId, plain, readHeader } from './read.js'
import { rereadBlock, rereadRange } from './receipts.js'
import { createRpc, newRpcState, type Rpc, type RpcState } from './rpc.js'
import { type ContractScope, createScope } from './scope.js'
import { socketTransport } from './socket.js'
import { watchHeads } from './watch.js'
import type { EvmHeader } from './wire.js'

/** How an EVM network is read; what is left out has the defaults of `EndpointsOptions`. */
export interface EvmAdapterOptions extends Omit<EndpointsOptions, 'urls'> {
  readonly chainId: number
  /**
   * http(s) and ws(s) URLs in the order of preference. Requests go to the http(s) ones, or over the sockets when there are no
   * others; heads are announced by the ws(s) ones.
   */
  readonly endpoints: readonly string[]
  readonly contracts: ContractScope
  /** Seaport contracts whose events are read; default: all canonical deployments. */
  readonly marketplaces?: readonly string[]
  /** A websocket without a new head for so long is opened again; default 30,000 ms. */
  readonly silenceMs?: number
}

/**
 * The adapter of an EVM network. Nothing is connected before `start` or the first request; an endpoint that cannot be reached
 * at the start is checked before it is first used.
 * @throws FtError config_invalid, address_invalid
 */
export function createEvmAdapter(options: EvmAdapterOptions): ChainAdapter {
  const { network, chainId } = options
  const source = { chainId, scope: createScope(options.contracts, options.marketplaces) }
  const pool = createPool(options)
  const readHead = headReader()
  const latest = new HeadOnce()
  const sockets = nameEndpoints(network, options.endpoints).filter(({ url }) => isSocket(url))
  return {
    network,
    start: () => pool.start(),
    head: () =>
      pool.run(async (rpc) => {
        const { head, safe } = await readHead(rpc)
        return { ...plain(latest.keep(rpc.endpoint.name, head)), ...(safe === null ? {} : { safe }) }
      }),
    finalized: () => agreedFinalized(pool),
    header: (number) => agreedHeader(pool, number),
    range: (from, to) => agreedRange(pool, source, from, to),
    rangeOf: (contracts, from, to) => {
      const those = { chainId, scope: createScope({ mode: 'list', addresses: contracts }, []) }
      return pool.run((rpc) => rereadRange(rpc, those, from, to), pool.second)
    },
    origin: async () => {
      const { listed } = source.scope
      return listed === null ? null : pool.run((rpc) => readOrigin(rpc, [...listed]))
    },
    holdings: (questions, block, again = false) =>
      pool.run((rpc) => readHoldings(rpc, questions, block), again ? pool.second : {}),
    confirms: (questions, block) => pool.run((rpc) => readStandards(rpc, questions, block), { once: true }),
    names: (contracts, block) => pool.run((rpc) => readNames(rpc, contracts, block), { once: true }),
    metadata: (questions) => pool.run((rpc) => readTokenUris(rpc, questions), { once: true }),
    metadataUpdates: (from, to) => pool.run((rpc) => readMetadataUpdates(rpc, source.scope, from, to), { once: true }),
    block: (number) => agreedBlock(pool, source, number, { headOf: latest.take }),
    reread: (number) => pool.run((rpc) => rereadBlock(rpc, source, number), pool.second),
    watch: async (onHead) => {
      const { observe, silenceMs } = options
      if (sockets.length === 0) return null
      return watchHeads({ endpoints: sockets, onHead, observe, ...(silenceMs === undefined ? {} : { silenceMs }) })
    },
    parse: source.scope.narrow(parseEvm),
    close: () => pool.close(),
  }
}

/**
 * The head that was named last, and who named it. Whoever follows the chain asks for that block next, and need not be given its header twice: a
 * round trip less per block. Taken once, and of no use after the next look: a header that waited may be of a branch that is gone.
 */
class HeadOnce {
  #last: { readonly endpoint: string; readonly header: EvmHeader } | null = null

  keep(endpoint: string, header: EvmHeader): EvmHeader {
    this.#last = { endpoint, header }
    return header
  }

  readonly take = (endpoint: string): EvmHeader | null => {
    const last = this.#last
    this.#last = null
    return last?.endpoint === endpoint ? last.header : null
  }
}

interface AdapterPool extends Pool {
  /** For a second opinion: not from the endpoint that is asked first. */
  readonly second: RunOptions
  start(): Promise<string | null>
  close(): Promise<void>
}

function createPool(options: EvmAdapterOptions): AdapterPool {
  const { chainId } = options
  const http = options.endpoints.filter((url) => !isSocket(url))
  const endpoints = createEndpoints({ ...options, urls: http.length > 0 ? http : options.endpoints })
  const clients = new Map<string, { readonly transport: Transport; readonly state: RpcState }>()
  const rpcOf = (endpoint: Endpoint): Rpc => {
    const known = clients.get(endpoint.name)
    const client = known ?? { transport: transportOf(endpoint), state: newRpcState() }
    clients.set(endpoint.name, client)
    return createRpc(endpoint, client.transport, client.state)
  }
  const checked = new Set<string>()
  const checkedRpc = async (endpoint: Endpoint): Promise<Rpc> => {
    const rpc = rpcOf(endpoint)
    if (!checked.has(endpoint.name)) await checkChainId(rpc, chainId)
    checked.add(endpoint.name)
    return rpc
  }
  return {
    size: endpoints.names.length,
    second: endpoints.names.length > 1 && endpoints.names[0] !== undefined ? { except: endpoints.names[0] } : {},
    run: (operation, runOptions) =>
      endpoints.run(async (endpoint) => operation(await checkedRpc(endpoint)), runOptions),
    each: (operation, withinMs) => endpoints.each(async (endpoint) => operation(await checkedRpc(endpoint)), withinMs),
    quarantine: endpoints.quarantine,
    start: () =>
      firstContact(endpoints, checkedRpc, async (endpoint) => (await readHeader(await checkedRpc(endpoint), 0)).hash),
    close: async () => {
      endpoints.close()
      await Promise.all([...clients.values()].map(({ transport }) => transport.close()))
    },
  }
}

/** The transport of an endpoint, by the scheme of its URL. */
export function transportOf(endpoint: EndpointAddress): Transport {
  return isSocket(endpoint.url) ? socketTransport(endpoint) : httpTransport(endpoint)
}

function isSocket(url: string): boolean {
  return /^wss?:/i.test(url)
}
