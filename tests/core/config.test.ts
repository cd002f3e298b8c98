import { describe, expect, test } from 'vitest'
import { configurationReference } from '../../src/core/config/reference.js'
import { systemVariables, variableDocs } from '../../src/core/config/variables.js'
import { configHarness, RPC } from './configHarness.js'

const { load, path, problems, write } = configHarness()

describe('the system', () => {
  test('without any variable the embedded servers and the documented defaults hold', () => {
    expect(load()).toMatchObject({
      databaseUrl: null,
      redisUrl: null,
      dataDir: path('.ft'),
      api: { host: '127.0.0.1', port: 8080, auth: 'auto', keysRequired: false },
      metrics: { host: '127.0.0.1', port: 9464 },
      log: { level: 'info', format: 'auto' },
      file: null,
      warnings: [],
    })
  })

  test('every variable of the system is taken over', () => {
    const config = load({
      DATABASE_URL: 'postgres://ft:pw@db.test:5433/ft',
      REDIS_URL: 'rediss://cache.test:6380/1',
      FT_DATA_DIR: 'data',
      FT_API_HOST: '0.0.0.0',
      FT_API_PORT: '0',
      FT_API_AUTH: 'on',
      FT_METRICS_PORT: '0',
      FT_LOG_LEVEL: 'debug',
      FT_LOG_FORMAT: 'json',
    })
    expect(config).toMatchObject({
      databaseUrl: 'postgres://ft:pw@db.test:5433/ft',
      redisUrl: 'rediss://cache.test:6380/1',
      dataDir: path('data'),
      api: { host: '0.0.0.0', port: 0, auth: 'on', keysRequired: true },
      metrics: { host: '0.0.0.0', port: 0 },
      log: { level: 'debug', format: 'json' },
    })
  })

  test('an empty or blank variable counts as not set, also a misspelled one', () => {
    const blank = Object.fromEntries(Object.keys(systemVariables.shape).map((name) => [name, ' ']))
    expect(load({ ...blank, POLYGON_RPC_URL: '', FT_API_PROT: '' })).toEqual(load())
  })

  test.each([
    ['127.0.0.1', 'auto', false],
    ['127.9.9.9', 'auto', false],
    ['::1', 'auto', false],
    ['localhost', 'auto', false],
    ['0.0.0.0', 'auto', true],
    ['::', 'auto', true],
    ['127.evil.test', 'auto', true],
    ['0.0.0.0', 'off', false],
    ['127.0.0.1', 'on', true],
  ])('keys on %s with auth %s: %s', (host, auth, keysRequired) => {
    expect(load({ FT_API_HOST: host, FT_API_AUTH: auth }).api.keysRequired).toBe(keysRequired)
  })

  test('an API that is open to the network without keys is warned about', () => {
    expect(load({ FT_API_HOST: '0.0.0.0', FT_API_AUTH: 'off' }).warnings).toEqual([
      'FT_API_AUTH=off on 0.0.0.0: whoever reaches this address can use the API without a key',
    ])
  })

  test.each([
    ['FT_API_PORT', '99999', '"99999" is not a port (0 to 65535), for example FT_API_PORT=8080'],
    ['FT_API_PORT', '80a', '"80a" is not a port (0 to 65535), for example FT_API_PORT=8080'],
    ['FT_METRICS_PORT', '-1', '"-1" is not a port (0 to 65535), for example FT_METRICS_PORT=9464'],
    ['FT_METRICS_PORT', '8080', '8080 is the port of the API (FT_API_PORT) too, for example FT_METRICS_PORT=9464'],
    ['FT_API_PORT', '9464', undefined],
    ['FT_POLL_MS', '5', '"5" is not a number of milliseconds from 50 to 60000, for example FT_POLL_MS=1000'],
    ['FT_API_HOST', 'a b', '"a b" is not a host name or IP address, for example FT_API_HOST=127.0.0.1'],
    [
      'FT_API_CORS',
      'example.org',
      '"example.org" is not an origin (scheme, host and port, nothing behind them), for example FT_API_CORS=https://app.example.org',
    ],
    [
      'FT_API_RATE_LIMIT',
      '0',
      '"0" is not a number of requests per minute (1 to 9999999), nor off, for example FT_API_RATE_LIMIT=600',
    ],
    [
      'FT_API_TRUSTED_PROXIES',
      '10.0.0.0/33',
      '"10.0.0.0/33" is neither an IP address nor a network, for example FT_API_TRUSTED_PROXIES=10.0.0.0/8',
    ],
    ['FT_API_AUTH', 'yes', '"yes" is not one of auto, on, off, for example FT_API_AUTH=auto'],
    ['FT_LOG_FORMAT', 'xml', '"xml" is not one of auto, json, pretty, for example FT_LOG_FORMAT=json'],
    [
      'FT_LOG_LEVEL',
      'INFO',
      '"INFO" is not one of trace, debug, info, warn, error, fatal, silent, for example FT_LOG_LEVEL=info',
    ],
    [
      'DATABASE_URL',
      'mysql://root:hunter22@db.test/ft',
      '"mysql://db.test/***" is not a postgres:// or postgresql:// URL, for example DATABASE_URL=postgres://localhost:5432/ft',
    ],
    [
      'DATABASE_URL',
      'postgres:///ft',
      '"postgres:///***" names no host, for example DATABASE_URL=postgres://localhost:5432/ft',
    ],
    [
      'REDIS_URL',
      'hunter22',
      '"***" is not a URL (redis:// or rediss://), for example REDIS_URL=redis://localhost:6379',
    ],
  ])('%s=%s is refused by name, with what was wrong and an example', (name, value, problem) => {
    if (problem === undefined) {
      expect(problems({ [name]: value })).toEqual([
        'FT_METRICS_PORT: 9464 is the port of the API (FT_API_PORT) too, for example FT_METRICS_PORT=9465',
      ])
    } else {
      expect(problems({ [name]: value })).toEqual([`${name}: ${problem}`])
    }
  })

  test('a database behind a socket needs no host in the URL', () => {
    expect(load({ DATABASE_URL: 'postgres:///ft?host=/run/postgresql' }).databaseUrl).toBe(
      'postgres:///ft?host=/run/postgresql',
    )
  })

  test('all problems come in one message, one per line', () => {
    const found = problems({
      FT_API_PORT: 'x',
      FT_LOG_LEVEL: 'x',
      FT_NETWORKS: 'polgon',
      POLYGON_RPC_URL: 'x',
      FT_X: '1',
    })
    expect(found.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
      'FT_API_PORT',
      'FT_LOG_LEVEL',
      'FT_NETWORKS',
      'POLYGON_RPC_URL',
      'FT_X',
    ])
  })
})

describe('unknown variables', () => {
  test.each([
    ['FT_API_PROT', 'FT_API_PORT'],
    ['FT_API_PRT', 'FT_API_PORT'],
    ['FT_LOGLEVEL', 'FT_LOG_LEVEL'],
    ['FT_NETWORK', 'FT_NETWORKS'],
  ])('%s is refused with the nearest name %s', (name, meant) => {
    expect(problems({ [name]: '1' })).toEqual([`${name}: is no variable of ft, did you mean ${meant}?`])
  })

  test('a name that is near to nothing points to the list', () => {
    expect(problems({ FT_SOMETHING_ELSE: '1' })).toEqual([
      'FT_SOMETHING_ELSE: is no variable of ft, `ft config --reference` lists them all',
    ])
  })

  test('variables of other programs are left alone', () => {
    expect(load({ HOME: '/root', PATH: '/bin', FTP_PROXY: 'x', POLYGON_WALLET: 'x', TONE: '1' }).warnings).toEqual([])
  })

  test('the variable of the tests is tolerated: programs that they start inherit it', () => {
    expect(load({ FT_SHARED_DIR: '../shared' })).toEqual(load())
  })

  test('an endpoint for a network that is not defined is warned about, it may belong to another program', () => {
    expect(load({ BASE_SEPOLIA_RPC_URL: RPC }).warnings).toEqual([
      'BASE_SEPOLIA_RPC_URL has no effect: no network "base-sepolia" is defined in the configuration file',
    ])
  })

  test.each([
    ['POLYGON_RPC_ULR', 'POLYGON_RPC_URL'],
    ['POLYGON_CONTRACT', 'POLYGON_CONTRACTS'],
    ['TON_START_SEQ', 'TON_START_SEQNO'],
    ['TONAPI_KEYS', 'TONAPI_KEY'],
  ])('%s is warned about with the nearest name %s, it may belong to another program', (name, meant) => {
    expect(load({ [name]: '1' }).warnings).toEqual([`${name} has no effect, did you mean ${meant}?`])
    expect(load({ [name]: '' }).warnings).toEqual([])
  })

  test('a variable of a network that is not indexed is warned about', () => {
    expect(load({ TONAPI_URL: RPC, POLYGON_START_BLOCK: '5' }).warnings).toEqual([
      'POLYGON_START_BLOCK has no effect: the network polygon is not indexed',
    ])
    expect(load({ POLYGON_RPC_URL: RPC, TONAPI_KEY: 'k' }).warnings).toEqual([
      'TONAPI_KEY has no effect: the network ton is not indexed',
    ])
  })
})

describe('the reference', () => {
  test('docs/configuration.md is what the schemas say (vitest -u writes it)', async () => {
    await expect(configurationReference()).toMatchFileSnapshot('../../docs/configuration.md')
  })

  test('every documented example of a system variable is accepted', () => {
    write({})
    for (const [name, schema] of Object.entries(systemVariables.shape)) {
      const example = variableDocs.get(schema)?.example
      expect(() => load({ [name]: example, POLYGON_RPC_URL: RPC }), name).not.toThrow()
    }
  })
})
