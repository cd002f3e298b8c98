import type { ChainKind } from '../address.js'
import type { NativeCurrency } from '../currencies.js'
import type { Contracts, Start } from './fields.js'

/** When a block is final: by the chain's own `finalized` tag (`depth` where the endpoint has none), or by depth only. */
export interface Finality {
  readonly rule: 'tag' | 'depth'
  /** Blocks below the head. */
  readonly depth: number
}

/** A network that can be indexed once it has an endpoint. */
export interface NetworkTemplate {
  readonly name: string
  readonly kind: ChainKind
  /** EIP-155 chain id; on TON the global id of the network. */
  readonly chainId: number
  readonly finality: Finality
  readonly nativeCurrency: NativeCurrency
  readonly start: Start
  /** The contracts to index; null for all but the denied ones. */
  readonly allow: readonly string[] | null
  readonly deny: readonly string[]
}

/** A source of listings that are not on the chain, which the operator has switched on. */
export interface ListingsConfig {
  readonly url: string
  /** Secret; null where the source needs none. */
  readonly key: string | null
  /** The source's own names of the collections to read. */
  readonly collections: readonly string[]
  readonly everyMs: number
}

/** A network that this process indexes. */
export interface NetworkConfig extends Omit<NetworkTemplate, 'allow' | 'deny'> {
  readonly contracts: Contracts
  /** URLs with their keys: secret. Empty for a development network, whose endpoint is known when it runs. */
  readonly endpoints: readonly string[]
  /** Key that goes with the endpoints (TonAPI); null where they need none or carry it in the URL. */
  readonly apiKey: string | null
  /** Most requests per second to each endpoint; null: what the adapter takes for right. */
  readonly requestsPerSecond: number | null
  /** Whether contracts are asked what accounts held before the first indexed block. */
  readonly openingBalances: boolean
  /** null: only listings that are on the chain are known. */
  readonly listings: ListingsConfig | null
  /** Whether the metadata of its assets is fetched from where their contracts say that it is. */
  readonly readsMetadata: boolean
  readonly development: boolean
}

/**
 * Polymarket's conditional tokens: ERC-1155 positions of a prediction market, about nine tenths of Polygon's ERC-1155 logs and
 * no NFTs in any sense that a reader of this API expects.
 */
const POLYMARKET_CTF = '0x4d97dcd97ec945f40cf65f87097ace5ea0476045'

const start: Start = { kind: 'default' }

/** The networks that need no configuration file. */
export const builtInNetworks: readonly NetworkTemplate[] = [
  {
    name: 'polygon',
    kind: 'evm',
    chainId: 137,
    // Reorgs of 157 blocks have happened (PIP-10), so 128 is too shallow where the tag is missing.
    finality: { rule: 'tag', depth: 256 },
    nativeCurrency: { symbol: 'POL', decimals: 18 },
    start,
    allow: null,
    deny: [POLYMARKET_CTF],
  },
  {
    name: 'ethereum',
    kind: 'evm',
    chainId: 1,
    finality: { rule: 'tag', depth: 64 },
    nativeCurrency: { symbol: 'ETH', decimals: 18 },
    start,
    allow: null,
    deny: [],
  },
  {
    name: 'ton',
    kind: 'ton',
    chainId: -239,
    // A shard block that a masterchain block refers to is final.
    finality: { rule: 'depth', depth: 0 },
    nativeCurrency: { symbol: 'TON', decimals: 9 },
    start,
    allow: null,
    deny: [],
  },
]

/** The networks that run on this machine when no endpoint is configured. */
export const developmentNetworks: readonly string[] = ['polygon', 'ton']

/** A development chain is short: it is indexed from its first block, so that its history is complete. */
export const DEVELOPMENT_START: Readonly<Record<ChainKind, Start>> = {
  evm: { kind: 'height', height: 0 },
  ton: { kind: 'height', height: 1 },
}
