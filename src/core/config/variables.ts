import { z } from 'zod'
import {
  contracts,
  host,
  milliseconds,
  names,
  networks,
  oneOf,
  origins,
  perSecond,
  plain,
  port,
  rate,
  start,
  url,
  urls,
  wholeSeconds,
} from './fields.js'

/** What the reader of a variable has to know; `docs/configuration.md` is made of it. */
export interface VariableDoc {
  readonly meaning: string
  /** What holds when the variable is not set. */
  readonly fallback: string
  /** A value for the example that every error message ends with. */
  readonly example: string
}

/** The documentation of every variable, by its schema. */
export const variableDocs = z.registry<VariableDoc>()

function described<T extends z.ZodType>(
  schema: T,
  meaning: string,
  fallback: string,
  example: string,
): z.ZodOptional<T> {
  const optional = z.optional(schema)
  variableDocs.add(optional, { meaning, fallback, example })
  return optional
}

/** Variables of the whole system. */
export const systemVariables = z.object({
  DATABASE_URL: described(
    url('postgres', 'postgresql'),
    'PostgreSQL server',
    'an embedded PostgreSQL in `FT_DATA_DIR`',
    'postgres://localhost:5432/ft',
  ),
  REDIS_URL: described(
    url('redis', 'rediss'),
    'Redis server, or one node of a Redis Cluster',
    'the embedded bus',
    'redis://localhost:6379',
  ),
  FT_CONFIG: described(
    plain(),
    'path of the configuration file, relative to the working directory',
    '`ft.config.json`, if it exists',
    './ft.config.json',
  ),
  FT_DATA_DIR: described(
    plain(),
    'folder of the embedded data, relative to the working directory',
    '`.ft`',
    '/var/lib/ft',
  ),
  FT_NETWORKS: described(
    names(),
    'networks to index, comma-separated',
    'those with an endpoint; when there is none, the development networks',
    'polygon',
  ),
  FT_POLL_MS: described(
    milliseconds(50, 60_000),
    'how often endpoints that do not announce blocks (no websocket) are asked for a new one, in milliseconds, on average: more often when one is due, less when none is',
    '`1000`; `250` for development networks',
    '1000',
  ),
  FT_API_HOST: described(host(), 'address that the API and the metrics listen on', '`127.0.0.1`', '127.0.0.1'),
  FT_API_PORT: described(port(), 'port of the API; 0 takes a free one', '`8080`', '8080'),
  FT_API_AUTH: described(
    oneOf('auto', 'on', 'off'),
    'whether requests need an API key: `auto` (unless `FT_API_HOST` is a loopback address), `on`, `off`',
    '`auto`',
    'auto',
  ),
  FT_API_CORS: described(
    origins(),
    'origins whose web pages may read answers, comma-separated, or `*`',
    'none',
    'https://app.example.org',
  ),
  FT_API_RATE_LIMIT: described(
    rate(),
    'requests per minute of an address that shows no API key, or `off`; keys have limits of their own',
    '`600`; `off` on a loopback address without keys',
    '600',
  ),
  FT_API_TRUSTED_PROXIES: described(
    networks(),
    'addresses or networks of reverse proxies, comma-separated: their `X-Forwarded-For` says who is asking',
    'none: whoever connects is asking',
    '10.0.0.0/8',
  ),
  FT_IPFS_GATEWAY: described(
    url('http', 'https'),
    'gateway for metadata and images on IPFS; may be a node of your own',
    '`https://ipfs.io`',
    'http://127.0.0.1:8081',
  ),
  FT_ARWEAVE_GATEWAY: described(
    url('http', 'https'),
    'the same for Arweave',
    '`https://arweave.net`',
    'https://arweave.net',
  ),
  FT_METRICS_PORT: described(
    port(),
    'port of `/health`, `/health/ready` and `/metrics` of every process; 0 takes a free one',
    '`9464`',
    '9464',
  ),
  FT_LOG_LEVEL: described(
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'least level that is logged: `trace`, `debug`, `info`, `warn`, `error`, `fatal`, `silent`',
    '`info`',
    'info',
  ),
  FT_LOG_FORMAT: described(
    oneOf('auto', 'json', 'pretty'),
    '`json`, `pretty`, or `auto`: pretty in a terminal, else JSON',
    '`auto`',
    'json',
  ),
})

/** Variables of an EVM network; its name in upper case, with `_` for `-`, and `_` come before these. */
export const evmVariables = z.object({
  RPC_URL: described(
    urls('http', 'https', 'ws', 'wss'),
    'JSON-RPC endpoints, comma-separated',
    'the network is not indexed',
    'https://rpc.example.org',
  ),
  RPC_RPS: described(
    perSecond(),
    'most requests per second to each endpoint',
    'no limit of our own; a 429 is waited out',
    '25',
  ),
  START_BLOCK: described(
    start(),
    'first block: a height, `finalized` or `latest`; counts at the first start only',
    'one day before `finalized`; for a list of contracts, their deployment',
    '70000000',
  ),
  CONTRACTS: described(
    contracts(),
    '`all` (without the denied ones), or addresses, comma-separated; settled at the first start',
    '`all`',
    '0x7ceb23fd6bc0add59e62ac25578270cff1b9f619',
  ),
  METADATA: described(
    oneOf('on', 'off'),
    'whether names, images and attributes of assets are fetched from where their contracts say that they are',
    '`off`',
    'on',
  ),
  OPENING_BALANCES: described(
    oneOf('on', 'off'),
    'whether ERC-1155 contracts are asked what accounts held before the first indexed block: `on` (needs an endpoint with old state), `off`',
    '`off`',
    'on',
  ),
  LISTINGS_URL: described(
    url('http', 'https'),
    "API to read listings from that are not on the chain, in OpenSea's format (v2)",
    'only listings that are on the chain are known',
    'https://api.opensea.io',
  ),
  LISTINGS_KEY: described(plain(), 'your key for that API', 'requests without a key', 'f0e1…'),
  LISTINGS_COLLECTIONS: described(
    names(),
    "the collections whose listings are read, by the API's own names, comma-separated",
    'none: needed with `LISTINGS_URL`',
    'my-collection',
  ),
  LISTINGS_SECONDS: described(
    wholeSeconds(10, 86_400),
    'how often they are read, in seconds; an answer is believed for three rounds',
    '`300`',
    '300',
  ),
})

/** Variables of TON, with their whole names. */
export const tonVariables = z.object({
  TONAPI_URL: described(
    urls('http', 'https'),
    'TonAPI v2 endpoints, comma-separated',
    'TON is not indexed',
    'https://tonapi.io',
  ),
  TONAPI_KEY: described(plain(), 'key for TonAPI', 'requests without a key', 'AF77…'),
  TONAPI_RPS: described(
    perSecond(),
    'most requests per second to each endpoint, as your plan allows',
    'no limit of our own; tonapi.io without a key: `0.25`',
    '10',
  ),
  TON_METADATA: described(
    oneOf('on', 'off'),
    'whether names, images and attributes of items are read from TonAPI',
    '`off`',
    'on',
  ),
  TON_START_SEQNO: described(
    start(),
    'first masterchain block: a seqno, `finalized` or `latest`; counts at the first start only',
    'one day before `finalized`',
    '50000000',
  ),
})

/** What `X` in `X_RPC_URL` is for a network: `my-chain` → `MY_CHAIN`. */
export function variablePrefix(network: string): string {
  return network.toUpperCase().replaceAll('-', '_')
}
