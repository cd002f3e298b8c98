import type { Config } from '../config.js'
import { MASK, maskUrl, secretsOfUrl } from './mask.js'
import type { NetworkConfig } from './networks.js'
import { variablePrefix } from './variables.js'

/** One setting in force: the name of its variable, and its value as text without secrets. */
export interface Setting {
  readonly name: string
  readonly value: string
}

/** What is in force, in the order of the documentation, with secrets masked: of a URL only scheme and host stay. */
export function describeConfig(config: Config): readonly Setting[] {
  const { databaseUrl, redisUrl, dataDir, pollMs, gateways, api, metrics, log, file, networks } = config
  return [
    { name: 'DATABASE_URL', value: databaseUrl === null ? `embedded PostgreSQL in ${dataDir}` : maskUrl(databaseUrl) },
    { name: 'REDIS_URL', value: redisUrl === null ? 'embedded bus' : maskUrl(redisUrl) },
    { name: 'FT_CONFIG', value: file ?? 'no file' },
    { name: 'FT_DATA_DIR', value: dataDir },
    { name: 'FT_NETWORKS', value: networks.map((network) => network.name).join(',') },
    { name: 'FT_POLL_MS', value: pollMs === null ? '1000, or 250 for development networks' : String(pollMs) },
    { name: 'FT_API_HOST', value: api.host },
    { name: 'FT_API_PORT', value: String(api.port) },
    { name: 'FT_API_AUTH', value: `${api.auth} (keys ${api.keysRequired ? '' : 'not '}needed on ${api.host})` },
    { name: 'FT_API_CORS', value: list(api.corsOrigins) },
    {
      name: 'FT_API_RATE_LIMIT',
      value: api.addressLimit === null ? 'off' : `${api.addressLimit} a minute per address`,
    },
    { name: 'FT_API_TRUSTED_PROXIES', value: list(api.trustedProxies) },
    { name: 'FT_IPFS_GATEWAY', value: maskUrl(gateways.ipfs) },
    { name: 'FT_ARWEAVE_GATEWAY', value: maskUrl(gateways.arweave) },
    { name: 'FT_METRICS_PORT', value: String(metrics.port) },
    { name: 'FT_LOG_LEVEL', value: log.level },
    { name: 'FT_LOG_FORMAT', value: log.format },
    ...networks.flatMap(describeNetwork),
  ]
}

function list(items: readonly string[]): string {
  return items.length === 0 ? 'none' : items.join(',')
}

function describeRate({ requestsPerSecond }: NetworkConfig): string {
  return requestsPerSecond === null ? 'default' : String(requestsPerSecond)
}

function describeMetadata({ readsMetadata }: NetworkConfig): string {
  return readsMetadata ? 'on' : 'off'
}

function describeNetwork(network: NetworkConfig): Setting[] {
  const { name, kind, chainId, finality, nativeCurrency } = network
  const final = finality.rule === 'tag' ? `finalized tag, else ${finality.depth} blocks` : `${finality.depth} blocks`
  const endpoints = network.development ? 'development network' : network.endpoints.map(maskUrl).join(',')
  const summary = { name, value: `${kind} chain ${chainId}, final by ${final}, pays in ${nativeCurrency.symbol}` }
  if (kind === 'ton') {
    return [
      summary,
      { name: 'TONAPI_URL', value: endpoints },
      { name: 'TONAPI_KEY', value: network.apiKey === null ? 'no key' : MASK },
      { name: 'TONAPI_RPS', value: describeRate(network) },
      { name: 'TON_METADATA', value: describeMetadata(network) },
      { name: 'TON_START_SEQNO', value: describeStart(network) },
    ]
  }
  const prefix = variablePrefix(name)
  return [
    summary,
    { name: `${prefix}_RPC_URL`, value: endpoints },
    { name: `${prefix}_RPC_RPS`, value: describeRate(network) },
    { name: `${prefix}_START_BLOCK`, value: describeStart(network) },
    { name: `${prefix}_CONTRACTS`, value: describeContracts(network) },
    { name: `${prefix}_METADATA`, value: describeMetadata(network) },
    { name: `${prefix}_OPENING_BALANCES`, value: network.openingBalances ? 'on' : 'off' },
    ...describeListings(`${prefix}_LISTINGS`, network),
  ]
}

function describeListings(prefix: string, { listings }: NetworkConfig): Setting[] {
  if (listings === null) return [{ name: `${prefix}_URL`, value: 'none: only listings on the chain' }]
  return [
    { name: `${prefix}_URL`, value: maskUrl(listings.url) },
    { name: `${prefix}_KEY`, value: listings.key === null ? 'no key' : MASK },
    { name: `${prefix}_COLLECTIONS`, value: listings.collections.join(',') },
    { name: `${prefix}_SECONDS`, value: String(listings.everyMs / 1000) },
  ]
}

function describeStart({ start, contracts }: NetworkConfig): string {
  if (start.kind === 'height') return String(start.height)
  if (start.kind !== 'default') return start.kind
  return contracts.mode === 'all' ? 'default (one day before finalized)' : 'default (deployment of the contracts)'
}

function describeContracts({ contracts }: NetworkConfig): string {
  if (contracts.mode === 'list') return contracts.addresses.join(',')
  return contracts.deny.length === 0 ? 'all' : `all except ${contracts.deny.join(',')}`
}

/** Every text of the configuration that must not be shown: keys, passwords, the secret parts of URLs. */
export function secretsOfConfig(config: Config): readonly string[] {
  const sources = config.networks.flatMap(({ listings }) => (listings === null ? [] : [listings]))
  const endpoints = config.networks.flatMap((network) => network.endpoints)
  const { ipfs, arweave } = config.gateways
  const urls = [config.databaseUrl, config.redisUrl, ipfs, arweave, ...endpoints, ...sources.map(({ url }) => url)]
  const secrets = [...config.networks.map(({ apiKey }) => apiKey), ...sources.map(({ key }) => key)]
  const keys = secrets.filter((key) => key !== null)
  return [...new Set([...urls.flatMap((url) => (url === null ? [] : secretsOfUrl(url))), ...keys])]
}
