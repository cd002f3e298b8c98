import { describe, expect, test } from 'vitest'
import type { Environment } from '../../src/core/config.js'
import { ADDRESS, configHarness, RPC } from './configHarness.js'

const { load, network, problems } = configHarness()

describe('which networks are in force', () => {
  const names = (env: Environment) => load(env).networks.map(({ name, development }) => ({ name, development }))

  test('without an endpoint the development networks run, each from its first block', () => {
    expect(names({})).toEqual([
      { name: 'polygon', development: true },
      { name: 'ton', development: true },
    ])
    expect(network({})).toMatchObject({
      kind: 'evm',
      chainId: 137,
      endpoints: [],
      start: { kind: 'height', height: 0 },
    })
  })

  test('with endpoints exactly those networks run', () => {
    expect(names({ POLYGON_RPC_URL: RPC })).toEqual([{ name: 'polygon', development: false }])
    expect(names({ TONAPI_URL: RPC })).toEqual([{ name: 'ton', development: false }])
    expect(names({ TONAPI_URL: RPC, ETHEREUM_RPC_URL: RPC })).toEqual([
      { name: 'ethereum', development: false },
      { name: 'ton', development: false },
    ])
  })

  test('FT_NETWORKS selects, and what is not selected is not even read', () => {
    const env = { FT_NETWORKS: ' ton , polygon', TONAPI_URL: RPC, POLYGON_RPC_URL: RPC, ETHEREUM_RPC_URL: 'nonsense' }
    expect(names(env).map(({ name }) => name)).toEqual(['ton', 'polygon'])
    expect(load(env).warnings).toEqual(['ETHEREUM_RPC_URL has no effect: the network ethereum is not indexed'])
  })

  test('a selected network without an endpoint is refused: development data must be asked for by setting nothing', () => {
    expect(problems({ FT_NETWORKS: 'polygon,ton' })).toEqual([
      'POLYGON_RPC_URL: is not set, but FT_NETWORKS names polygon, for example POLYGON_RPC_URL=https://rpc.example.org',
      'TONAPI_URL: is not set, but FT_NETWORKS names ton, for example TONAPI_URL=https://tonapi.io',
    ])
  })

  test.each([
    ['polgon', '"polgon" is no network, did you mean polygon?, for example FT_NETWORKS=polygon'],
    ['solana', '"solana" is no network, the known ones are polygon, ethereum, ton, for example FT_NETWORKS=polygon'],
    ['polygon,polygon', '"polygon" is named twice, for example FT_NETWORKS=polygon'],
    [',', 'names nothing, for example FT_NETWORKS=polygon'],
  ])('FT_NETWORKS=%s is refused', (value, problem) => {
    expect(problems({ FT_NETWORKS: value, POLYGON_RPC_URL: RPC })).toEqual([`FT_NETWORKS: ${problem}`])
  })
})

describe('an EVM network', () => {
  test('polygon: its chain, finality and the deny-list with the prediction market', () => {
    expect(network({ POLYGON_RPC_URL: RPC })).toEqual({
      name: 'polygon',
      kind: 'evm',
      chainId: 137,
      finality: { rule: 'tag', depth: 256 },
      nativeCurrency: { symbol: 'POL', decimals: 18 },
      start: { kind: 'default' },
      contracts: { mode: 'all', deny: ['0x4d97dcd97ec945f40cf65f87097ace5ea0476045'] },
      endpoints: [RPC],
      apiKey: null,
      requestsPerSecond: null,
      readsMetadata: false,
      openingBalances: false,
      listings: null,
      development: false,
    })
  })

  test('ethereum is defined and needs an endpoint only', () => {
    expect(network({ ETHEREUM_RPC_URL: RPC }, 'ethereum')).toMatchObject({
      chainId: 1,
      finality: { rule: 'tag', depth: 64 },
      contracts: { mode: 'all', deny: [] },
    })
  })

  test('listings are read from a source only when it is named, with the collections to read', () => {
    const source = {
      ...{ POLYGON_RPC_URL: RPC, POLYGON_LISTINGS_URL: 'https://api.opensea.io', POLYGON_LISTINGS_KEY: 'key' },
      POLYGON_LISTINGS_COLLECTIONS: 'one, another',
    }
    const listings = { url: 'https://api.opensea.io', key: 'key', collections: ['one', 'another'] }
    expect(network(source).listings).toEqual({ ...listings, everyMs: 300_000 })
    expect(network({ ...source, POLYGON_LISTINGS_SECONDS: '60' }).listings?.everyMs).toBe(60_000)
    expect(problems({ ...source, POLYGON_LISTINGS_COLLECTIONS: undefined, POLYGON_LISTINGS_SECONDS: '9' })).toEqual([
      'POLYGON_LISTINGS_SECONDS: "9" is not a number of seconds from 10 to 86400, for example POLYGON_LISTINGS_SECONDS=300',
      'POLYGON_LISTINGS_COLLECTIONS: is not set, but POLYGON_LISTINGS_URL is, for example POLYGON_LISTINGS_COLLECTIONS=my-collection',
    ])
  })

  test('several endpoints, http and websocket', () => {
    expect(network({ POLYGON_RPC_URL: 'https://a.test/v2/key, wss://b.test' }).endpoints).toEqual([
      'https://a.test/v2/key',
      'wss://b.test',
    ])
  })

  test.each([
    ['123', { kind: 'height', height: 123 }],
    ['0', { kind: 'height', height: 0 }],
    ['finalized', { kind: 'finalized' }],
    ['latest', { kind: 'latest' }],
  ])('starts at %s', (value, start) => {
    expect(network({ POLYGON_RPC_URL: RPC, POLYGON_START_BLOCK: value }).start).toEqual(start)
  })

  test('a list of contracts is canonical and replaces the deny-list; all brings it back', () => {
    const upper = ADDRESS.toUpperCase().replace('0X', '0x')
    expect(network({ POLYGON_RPC_URL: RPC, POLYGON_CONTRACTS: upper }).contracts).toEqual({
      mode: 'list',
      addresses: [ADDRESS],
    })
    expect(network({ POLYGON_RPC_URL: RPC, POLYGON_CONTRACTS: 'all' })).toEqual(network({ POLYGON_RPC_URL: RPC }))
  })

  const blocks = 'a height, finalized or latest, for example POLYGON_START_BLOCK=70000000'
  test.each([
    ['POLYGON_START_BLOCK', '-1', `"-1" is not a block: ${blocks}`],
    ['POLYGON_START_BLOCK', '1e6', `"1e6" is not a block: ${blocks}`],
    ['POLYGON_START_BLOCK', '9007199254740993', `"9007199254740993" is not a block: ${blocks}`],
    [
      'POLYGON_CONTRACTS',
      `${ADDRESS},0x12`,
      `"0x12" is not an address: an EVM address is 0x followed by 40 hexadecimal digits, for example POLYGON_CONTRACTS=${ADDRESS}`,
    ],
    [
      'POLYGON_CONTRACTS',
      `${ADDRESS},${ADDRESS.toUpperCase().replace('0X', '0x')}`,
      `"${ADDRESS}" is named twice, for example POLYGON_CONTRACTS=${ADDRESS}`,
    ],
  ])('%s=%s is refused', (name, value, problem) => {
    expect(problems({ POLYGON_RPC_URL: RPC, [name]: value })).toEqual([`${name}: ${problem}`])
  })

  test.each([
    ['ftp://a.test/key123', '"ftp://a.test/***" is not a http:// or https:// or ws:// or wss:// URL'],
    ['https://a b/key123', '"https://***" is not a URL (http:// or https:// or ws:// or wss://)'],
    ['a.test/key123', '"***" is not a URL (http:// or https:// or ws:// or wss://)'],
    ['https://a.test/key123,https://a.test/key123', '"https://a.test/***" is named twice'],
  ])('the endpoint %s is refused without showing its key', (value, problem) => {
    expect(problems({ POLYGON_RPC_URL: value })).toEqual([
      `POLYGON_RPC_URL: ${problem}, for example POLYGON_RPC_URL=https://rpc.example.org`,
    ])
  })
})

test.each(['0', '-1', 'many', '1e9', '10001'])('a rate of %s requests per second is refused', (value) => {
  expect(problems({ POLYGON_RPC_URL: RPC, POLYGON_RPC_RPS: value })).toEqual([
    `POLYGON_RPC_RPS: "${value}" is not a number of requests per second from 0.01 to 10000, for example POLYGON_RPC_RPS=25`,
  ])
})

describe('TON', () => {
  test('endpoint, key and start', () => {
    expect(
      network({ TONAPI_URL: RPC, TONAPI_KEY: 'key', TONAPI_RPS: '0.5', TON_START_SEQNO: '5' }, 'ton'),
    ).toMatchObject({
      kind: 'ton',
      endpoints: [RPC],
      apiKey: 'key',
      requestsPerSecond: 0.5,
      start: { kind: 'height', height: 5 },
      finality: { rule: 'depth', depth: 0 },
    })
  })

  test('a websocket endpoint is refused', () => {
    expect(problems({ TONAPI_URL: 'wss://a.test' })).toEqual([
      'TONAPI_URL: "wss://a.test" is not a http:// or https:// URL, for example TONAPI_URL=https://tonapi.io',
    ])
  })
})
