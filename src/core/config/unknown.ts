import { nearest } from './nearest.js'
import type { NetworkConfig, NetworkTemplate } from './networks.js'
import { type Environment, type Problems, read } from './problems.js'
import { networkVariables } from './select.js'
import { systemVariables } from './variables.js'

/** Read by the tests only; a process that they start inherits it. */
const TEST_VARIABLES = new Set(['FT_SHARED_DIR'])

/** Adds a problem for every `FT_…` variable that nobody reads, with the name that was probably meant. */
export function refuseUnknown(templates: readonly NetworkTemplate[], env: Environment, problems: Problems): void {
  const known = new Set([...Object.keys(systemVariables.shape), ...templates.flatMap(networkVariables)])
  for (const name of Object.keys(env).sort()) {
    if (!name.startsWith('FT_') || known.has(name) || TEST_VARIABLES.has(name)) continue
    if (read(env, name) === undefined) continue
    const guess = nearest(name, known)
    problems.add(
      name,
      guess === undefined
        ? 'is no variable of ft, `ft config --reference` lists them all'
        : `is no variable of ft, did you mean ${guess}?`,
    )
  }
}

/** Sentences about variables that are set but have no effect; other programs may own them, so they are no errors. */
export function unusedVariables(
  templates: readonly NetworkTemplate[],
  networks: readonly NetworkConfig[],
  env: Environment,
): string[] {
  const inForce = new Set(networks.map((network) => network.name))
  const known = new Set(templates.flatMap(networkVariables))
  const idle = templates
    .filter((template) => !inForce.has(template.name))
    .flatMap((template) =>
      networkVariables(template)
        .filter((name) => read(env, name) !== undefined)
        .map((name) => `${name} has no effect: the network ${template.name} is not indexed`),
    )
  const strangers = Object.keys(env)
    .filter((name) => !known.has(name) && !name.startsWith('FT_') && read(env, name) !== undefined)
    .sort()
    .flatMap((name) => strangerText(name, known) ?? [])
  return [...idle, ...strangers]
}

/** What to say about a variable that nobody reads: an endpoint, or a misspelled name. */
function strangerText(name: string, known: ReadonlySet<string>): string | undefined {
  if (/^[A-Z][A-Z0-9_]*_RPC_URL$/.test(name)) {
    const network = name.slice(0, -'_RPC_URL'.length).toLowerCase().replaceAll('_', '-')
    return `${name} has no effect: no network "${network}" is defined in the configuration file`
  }
  const first = name.slice(0, name.indexOf('_') + 1)
  const guess = nearest(
    name,
    [...known].filter((one) => first !== '' && one.startsWith(first)),
  )
  return guess === undefined ? undefined : `${name} has no effect, did you mean ${guess}?`
}
