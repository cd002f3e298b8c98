import { expect, test } from 'vitest'
import { describeConfig, secretsOfConfig } from '../../src/core/config/describe.js'
import { maskUrl } from '../../src/core/config/mask.js'
import type { Config } from '../../src/core/config.js'
import { ADDRESS, configHarness } from './configHarness.js'

const { load, path } = configHarness()

const text = (config: Config) => describeConfig(config).map(({ name, value }) => `${name}=${value}`)

test.each([
  ['https://rpc.test', 'https://rpc.test'],
  ['https://rpc.test/', 'https://rpc.test'],
  ['https://rpc.test:8545', 'https://rpc.test:8545'],
  ['https://rpc.test/v2/key', 'https://rpc.test/***'],
  ['https://rpc.test?key=1', 'https://rpc.test/***'],
  ['https://rpc.test/#key', 'https://rpc.test/***'],
  ['wss://user@rpc.test', 'wss://rpc.test/***'],
  ['redis://:pw@cache.test:6379', 'redis://cache.test:6379/***'],
  ['postgres://ft:pw@db.test/ft?sslmode=require', 'postgres://db.test/***'],
  ['postgres://ft:p@ss@db.test/ft', 'postgres://db.test/***'],
  ['postgres://ft:p/ss@db.test/ft', 'postgres://***'],
  ['postgres://ft:12/ss@db.test/ft', 'postgres://***'],
  ['postgres://ft:p#ss@db.test/ft', 'postgres://***'],
  ['not a url', '***'],
])('of %s only scheme and host stay', (url, masked) => {
  expect(maskUrl(url)).toBe(masked)
})

test('the description shows what is in force without any secret', () => {
  const config = load({
    DATABASE_URL: 'postgres://ft:pa55word1@db.test/ft',
    REDIS_URL: 'redis://:pa55word2@cache.test',
    POLYGON_RPC_URL: 'https://a.test/v2/s3cretkey,wss://user:pa55word3@b.test',
    POLYGON_CONTRACTS: ADDRESS,
    POLYGON_OPENING_BALANCES: 'on',
    TON_METADATA: 'on',
    FT_IPFS_GATEWAY: 'https://user:pa55ipfs1@gateway.example/ipfs',
    TONAPI_URL: 'https://tonapi.io',
    TONAPI_KEY: 's3cretton',
    TON_START_SEQNO: '7',
    POLYGON_RPC_RPS: '25',
    POLYGON_LISTINGS_URL: 'https://api.opensea.io',
    POLYGON_LISTINGS_KEY: 's3cretsea',
    POLYGON_LISTINGS_COLLECTIONS: 'one,another',
  })
  expect(text(config)).toEqual([
    'DATABASE_URL=postgres://db.test/***',
    'REDIS_URL=redis://cache.test/***',
    'FT_CONFIG=no file',
    `FT_DATA_DIR=${path('.ft')}`,
    'FT_NETWORKS=polygon,ton',
    'FT_POLL_MS=1000, or 250 for development networks',
    'FT_API_HOST=127.0.0.1',
    'FT_API_PORT=8080',
    'FT_API_AUTH=auto (keys not needed on 127.0.0.1)',
    'FT_API_CORS=none',
    'FT_API_RATE_LIMIT=off',
    'FT_API_TRUSTED_PROXIES=none',
    'FT_IPFS_GATEWAY=https://gateway.example/***',
    'FT_ARWEAVE_GATEWAY=https://arweave.net',
    'FT_METRICS_PORT=9464',
    'FT_LOG_LEVEL=info',
    'FT_LOG_FORMAT=auto',
    'polygon=evm chain 137, final by finalized tag, else 256 blocks, pays in POL',
    'POLYGON_RPC_URL=https://a.test/***,wss://b.test/***',
    'POLYGON_RPC_RPS=25',
    'POLYGON_START_BLOCK=default (deployment of the contracts)',
    `POLYGON_CONTRACTS=${ADDRESS}`,
    'POLYGON_METADATA=off',
    'POLYGON_OPENING_BALANCES=on',
    'POLYGON_LISTINGS_URL=https://api.opensea.io',
    'POLYGON_LISTINGS_KEY=***',
    'POLYGON_LISTINGS_COLLECTIONS=one,another',
    'POLYGON_LISTINGS_SECONDS=300',
    'ton=ton chain -239, final by 0 blocks, pays in TON',
    'TONAPI_URL=https://tonapi.io',
    'TONAPI_KEY=***',
    'TONAPI_RPS=default',
    'TON_METADATA=on',
    'TON_START_SEQNO=7',
  ])
  const secrets = secretsOfConfig(config)
  expect(secrets).toEqual(['pa55word1', 'pa55word2', 'pa55ipfs1', 's3cretkey', 'pa55word3', 's3cretton', 's3cretsea'])
  for (const secret of secrets) expect(text(config).join('\n')).not.toContain(secret)
})

test('the description names what stands in for servers and endpoints', () => {
  expect(text(load())).toEqual(
    expect.arrayContaining([
      `DATABASE_URL=embedded PostgreSQL in ${path('.ft')}`,
      'REDIS_URL=embedded bus',
      'POLYGON_RPC_URL=development network',
      'POLYGON_START_BLOCK=0',
      'POLYGON_CONTRACTS=all except 0x4d97dcd97ec945f40cf65f87097ace5ea0476045',
    ]),
  )
})

test('secrets are given encoded and decoded; words that would hide much else are not among them', () => {
  const config = load({
    DATABASE_URL: 'postgres://postgres:postgres@localhost:5432/database1',
    POLYGON_RPC_URL: 'https://rpc.test/polygon/mainnet/v2?network=polygon&dkey=ab%2Fcd1234ef',
  })
  expect(secretsOfConfig(config)).toEqual(['ab%2Fcd1234ef', 'ab/cd1234ef'])
})
