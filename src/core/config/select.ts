import type { z } from 'zod'
import { nearest } from './nearest.js'
import {
  DEVELOPMENT_START,
  developmentNetworks,
  type ListingsConfig,
  type NetworkConfig,
  type NetworkTemplate,
} from './networks.js'
import { type Environment, type Problems, read, readVariables } from './problems.js'
import { evmVariables, tonVariables, variablePrefix } from './variables.js'

/** The variables of one network: their whole names, the endpoint's first. */
export function networkVariables(network: NetworkTemplate): readonly string[] {
  if (network.kind === 'ton') return Object.keys(tonVariables.shape)
  return Object.keys(evmVariables.shape).map((key) => `${variablePrefix(network.name)}_${key}`)
}

/**
 * The networks that are in force: those that `selected` names; without it those with an endpoint; without any endpoint the
 * development networks. Only the variables of networks in force are read.
 */
export function selectNetworks(
  templates: readonly NetworkTemplate[],
  selected: readonly string[] | undefined,
  env: Environment,
  problems: Problems,
): readonly NetworkConfig[] {
  const withEndpoint = templates.filter((template) => read(env, endpointVariable(template)) !== undefined)
  if (selected === undefined && withEndpoint.length === 0) {
    return templates
      .filter((template) => developmentNetworks.includes(template.name))
      .map((template) => configure(template, env, true, problems))
  }
  const chosen = selected === undefined ? withEndpoint : named(templates, selected, problems)
  return chosen.flatMap((template) => {
    const variable = endpointVariable(template)
    if (withEndpoint.includes(template)) return [configure(template, env, false, problems)]
    const example = template.kind === 'ton' ? 'https://tonapi.io' : 'https://rpc.example.org'
    problems.add(variable, `is not set, but FT_NETWORKS names ${template.name}`, `${variable}=${example}`)
    return []
  })
}

function endpointVariable(template: NetworkTemplate): string {
  return template.kind === 'ton' ? 'TONAPI_URL' : `${variablePrefix(template.name)}_RPC_URL`
}

function named(
  templates: readonly NetworkTemplate[],
  names: readonly string[],
  problems: Problems,
): readonly NetworkTemplate[] {
  const known = templates.map((template) => template.name)
  return names.flatMap((name) => {
    const guess = nearest(name, known)
    if (name !== guess) {
      const remedy = guess === undefined ? `the known ones are ${known.join(', ')}` : `did you mean ${guess}?`
      problems.add('FT_NETWORKS', `"${name}" is no network, ${remedy}`, `FT_NETWORKS=${guess ?? 'polygon'}`)
    }
    return templates.filter((template) => template.name === guess)
  })
}

function configure(
  template: NetworkTemplate,
  env: Environment,
  development: boolean,
  problems: Problems,
): NetworkConfig {
  const { allow, deny, ...base } = template
  if (template.kind === 'ton') {
    const values = readVariables(tonVariables, '', env, problems)
    return {
      ...base,
      start: values.TON_START_SEQNO ?? (development ? DEVELOPMENT_START.ton : base.start),
      contracts: scope(allow, deny),
      endpoints: values.TONAPI_URL ?? [],
      apiKey: values.TONAPI_KEY ?? null,
      requestsPerSecond: values.TONAPI_RPS ?? null,
      openingBalances: false,
      listings: null,
      readsMetadata: values.TON_METADATA === 'on',
      development,
    }
  }
  const values = readVariables(evmVariables, `${variablePrefix(template.name)}_`, env, problems)
  return {
    ...base,
    start: values.START_BLOCK ?? (development ? DEVELOPMENT_START.evm : base.start),
    contracts: scope(values.CONTRACTS === undefined ? allow : values.CONTRACTS, deny),
    endpoints: values.RPC_URL ?? [],
    apiKey: null,
    requestsPerSecond: values.RPC_RPS ?? null,
    openingBalances: values.OPENING_BALANCES === 'on',
    listings: listingsOf(template, values, problems),
    readsMetadata: values.METADATA === 'on',
    development,
  }
}

function listingsOf(
  template: NetworkTemplate,
  values: z.infer<typeof evmVariables>,
  problems: Problems,
): ListingsConfig | null {
  const { LISTINGS_URL: url, LISTINGS_KEY: key, LISTINGS_COLLECTIONS: collections, LISTINGS_SECONDS: seconds } = values
  const prefix = `${variablePrefix(template.name)}_LISTINGS`
  if (url === undefined) return null
  if (collections === undefined) {
    problems.add(`${prefix}_COLLECTIONS`, `is not set, but ${prefix}_URL is`, `${prefix}_COLLECTIONS=my-collection`)
    return null
  }
  return { url, key: key ?? null, collections, everyMs: (seconds ?? 300) * 1000 }
}

function scope(allow: readonly string[] | null, deny: readonly string[]): NetworkConfig['contracts'] {
  return allow === null ? { mode: 'all', deny } : { mode: 'list', addresses: allow }
}
