import { describe, expect, test } from 'vitest'
import { exampleFile } from '../../src/core/config/reference.js'
import { ADDRESS, configHarness, RPC } from './configHarness.js'

const { load, network, path, problems, write } = configHarness()

describe('the configuration file', () => {
  const base = exampleFile.networks.base

  test('the example of the reference defines a network that only needs its endpoint', () => {
    write(exampleFile)
    expect(load().networks.map(({ name }) => name)).toEqual(['polygon', 'ton'])
    expect(load({ BASE_RPC_URL: RPC }).file).toBe(path('ft.config.json'))
    expect(network({ BASE_RPC_URL: RPC }, 'base')).toEqual({
      name: 'base',
      kind: 'evm',
      chainId: 8453,
      finality: { rule: 'tag', depth: 256 },
      nativeCurrency: { symbol: 'ETH', decimals: 18 },
      start: { kind: 'finalized' },
      contracts: { mode: 'all', deny: ['0x4200000000000000000000000000000000000006'] },
      endpoints: [RPC],
      apiKey: null,
      requestsPerSecond: null,
      readsMetadata: false,
      openingBalances: false,
      listings: null,
      development: false,
    })
  })

  test('FT_CONFIG names another path, the environment wins over the file, and - becomes _', () => {
    write({ networks: { 'my-chain': { ...base, startBlock: 7, contracts: [ADDRESS], deny: [] } } }, 'other.json')
    const env = { FT_CONFIG: 'other.json', MY_CHAIN_RPC_URL: RPC }
    expect(network(env, 'my-chain')).toMatchObject({
      start: { kind: 'height', height: 7 },
      contracts: { mode: 'list', addresses: [ADDRESS] },
    })
    expect(network({ ...env, MY_CHAIN_START_BLOCK: 'latest', MY_CHAIN_CONTRACTS: 'all' }, 'my-chain')).toMatchObject({
      start: { kind: 'latest' },
      contracts: { mode: 'all', deny: [] },
    })
  })

  test('a path that does not exist is refused', () => {
    expect(problems({ FT_CONFIG: 'missing.json' })).toEqual([
      `FT_CONFIG: there is no file ${path('missing.json')}, for example FT_CONFIG=./ft.config.json`,
    ])
  })

  test('what is no JSON is refused with the parser’s reason', () => {
    write('{ networks: }')
    expect(problems({})).toEqual([
      expect.stringMatching(/^ft\.config\.json: cannot be read as JSON \(.+\), for example \{ "networks": \{\} \}$/),
    ])
  })

  const bad: [string, unknown, string][] = [
    ['unknown key', { nets: {} }, 'Unrecognized key: "nets"'],
    [
      'unknown key of a network',
      { networks: { base: { ...base, rpc: RPC } } },
      'networks.base: Unrecognized key: "rpc"',
    ],
    [
      'chain id as text',
      { networks: { base: { ...base, chainId: '8453' } } },
      'networks.base.chainId: expected a positive whole number, for example 8453',
    ],
    [
      'unknown finality rule',
      { networks: { base: { ...base, finality: { rule: 'safe', depth: 1 } } } },
      'networks.base.finality.rule: expected "tag" (the chain\'s finalized tag, else depth) or "depth"',
    ],
    [
      'depth 0',
      { networks: { base: { ...base, finality: { rule: 'tag', depth: 0 } } } },
      'networks.base.finality.depth: expected at least 1 block',
    ],
    [
      'no finality',
      { networks: { base: { ...base, finality: undefined } } },
      'networks.base.finality: expected an object, for example { "rule": "tag", "depth": 256 }',
    ],
    [
      'no currency',
      { networks: { base: { ...base, nativeCurrency: undefined } } },
      'networks.base.nativeCurrency: expected an object, for example { "symbol": "ETH", "decimals": 18 }',
    ],
    [
      'another kind',
      { networks: { base: { ...base, kind: 'solana' } } },
      'networks.base.kind: expected "evm", the only kind that needs no code',
    ],
    [
      'bad start',
      { networks: { base: { ...base, startBlock: 'yesterday' } } },
      'networks.base.startBlock: "yesterday" is not a block: a height, finalized or latest',
    ],
    [
      'bad name',
      { networks: { Base_1: base } },
      'networks.Base_1: a name is lower-case letters, digits and single hyphens, for example "base"',
    ],
    [
      'a built-in network',
      { networks: { polygon: base } },
      'networks.polygon: this network is built in, choose another name, for example "my-polygon"',
    ],
  ]
  test.each(bad)('%s is refused by its place in the file', (_, content, problem) => {
    write(content)
    expect(problems({})).toEqual([`ft.config.json: ${problem}`])
  })

  test('a bad address in the file is refused by its list', () => {
    write({ networks: { base: { ...base, deny: ['0x12'] } } })
    expect(problems({})).toEqual(['ft.config.json: networks.base.deny: expected a list of different addresses'])
  })
})
