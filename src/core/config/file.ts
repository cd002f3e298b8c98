import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { z } from 'zod'
import { messageOf } from '../errors.js'
import { contracts, start } from './fields.js'
import { builtInNetworks, type NetworkTemplate } from './networks.js'
import { type Environment, type Problems, read } from './problems.js'

const DEFAULT_FILE = 'ft.config.json'

const chainId = z.int('expected a positive whole number, for example 8453').positive('expected a positive whole number')

const addressList = z
  .array(z.string('expected an address'), 'expected a list of addresses')
  .transform((list) => list.join(','))
  .pipe(contracts())
  .transform((list) => list ?? [])

const fileNetwork = z.strictObject({
  kind: z.literal('evm', 'expected "evm", the only kind that needs no code'),
  chainId,
  finality: z.strictObject(
    {
      rule: z.enum(['tag', 'depth'], 'expected "tag" (the chain\'s finalized tag, else depth) or "depth"'),
      depth: z.int('expected a number of blocks, for example 256').positive('expected at least 1 block'),
    },
    'expected an object, for example { "rule": "tag", "depth": 256 }',
  ),
  nativeCurrency: z.strictObject(
    {
      symbol: z.string('expected text, for example "ETH"').min(1, 'expected text, for example "ETH"'),
      decimals: z.int('expected 0 to 36, for example 18').min(0, 'expected 0 to 36').max(36, 'expected 0 to 36'),
    },
    'expected an object, for example { "symbol": "ETH", "decimals": 18 }',
  ),
  startBlock: z
    .union([z.int(), z.string()], 'expected a height, "finalized" or "latest"')
    .transform(String)
    .pipe(start())
    .optional(),
  contracts: z.union([z.literal('all'), addressList], 'expected "all" or a list of different addresses').optional(),
  deny: z.union([z.tuple([]), addressList], 'expected a list of different addresses').optional(),
})

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

const configFile = z.strictObject({
  networks: z
    .record(
      z.string().max(32).regex(NAME, 'a name is lower-case letters, digits and single hyphens, for example "base"'),
      fileNetwork,
      'expected an object of networks by name',
    )
    .default({}),
})

/** The configuration file: where it is (null: there is none) and the networks that it defines. */
export interface ConfigFile {
  readonly path: string | null
  readonly networks: readonly NetworkTemplate[]
}

/** Reads the configuration file of the environment; problems name the file and the place in it. */
export function readConfigFile(env: Environment, cwd: string, problems: Problems): ConfigFile {
  const given = read(env, 'FT_CONFIG')
  const path = resolve(cwd, given ?? DEFAULT_FILE)
  if (!existsSync(path)) {
    if (given !== undefined) problems.add('FT_CONFIG', `there is no file ${path}`, `FT_CONFIG=./${DEFAULT_FILE}`)
    return { path: null, networks: [] }
  }
  const shown = isAbsolute(relative(cwd, path)) || relative(cwd, path).startsWith('..') ? path : relative(cwd, path)
  try {
    return { path, networks: parse(JSON.parse(readFileSync(path, 'utf8')), shown, problems) }
  } catch (error) {
    problems.add(shown, `cannot be read as JSON (${messageOf(error)})`, '{ "networks": {} }')
    return { path, networks: [] }
  }
}

function parse(content: unknown, file: string, problems: Problems): NetworkTemplate[] {
  const result = configFile.safeParse(content)
  if (!result.success) {
    for (const issue of result.error.issues) {
      problems.add(file, `${issue.path.length === 0 ? '' : `${issue.path.join('.')}: `}${messageOfIssue(issue)}`)
    }
    return []
  }
  return Object.entries(result.data.networks).flatMap(([name, network]) => {
    if (builtInNetworks.some((known) => known.name === name)) {
      problems.add(file, `networks.${name}: this network is built in, choose another name`, `"my-${name}"`)
      return []
    }
    return [template(name, network)]
  })
}

function messageOfIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  return issue.message
}

function template(name: string, network: z.output<typeof fileNetwork>): NetworkTemplate {
  const { kind, chainId, finality, nativeCurrency, startBlock } = network
  return {
    name,
    kind,
    chainId,
    finality,
    nativeCurrency,
    start: startBlock ?? { kind: 'default' },
    allow: network.contracts === undefined || network.contracts === 'all' ? null : network.contracts,
    deny: network.deny ?? [],
  }
}
