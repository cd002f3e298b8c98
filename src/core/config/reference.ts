import type { z } from 'zod'
import { builtInNetworks, developmentNetworks, type NetworkTemplate } from './networks.js'
import { evmVariables, systemVariables, tonVariables, variableDocs } from './variables.js'

/** The configuration file that the reference shows; a test loads it. */
export const exampleFile = {
  networks: {
    base: {
      kind: 'evm',
      chainId: 8453,
      finality: { rule: 'tag', depth: 256 },
      nativeCurrency: { symbol: 'ETH', decimals: 18 },
      startBlock: 'finalized',
      contracts: 'all',
      deny: ['0x4200000000000000000000000000000000000006'],
    },
  },
}

/** The reference of all configuration as Markdown: the content of `docs/configuration.md`. */
export function configurationReference(): string {
  return `# Configuration

This file is generated from the schemas in \`src/core/config\` (\`ft config --reference\` prints it); a test keeps it equal.

Everything is set by environment variables; a configuration file defines further networks. \`ft config\` prints what is in
force, with secrets masked. An empty variable counts as not set. A variable that starts with \`FT_\` and is not in this list is
an error. A bad configuration stops every command with exit code 2 and one message that lists all problems; \`ft doctor\` shows it as one of
its findings, and ends with 1.

## The system

${variableTable(systemVariables, '')}

## EVM networks

\`X\` is the name of the network in upper case, with \`_\` for \`-\`: \`POLYGON_RPC_URL\`, \`ETHEREUM_RPC_URL\`, \`MY_CHAIN_RPC_URL\`.

${variableTable(evmVariables, 'X_')}

With several endpoints, one takes over when another fails.

Contracts and start are settled at the first start. Other \`X_CONTRACTS\` later are refused (\`scope_changed\`): what was indexed for one list says
nothing about another, so they need another database. Another \`X_START_BLOCK\` has no effect: later starts go on where the last one stopped, and
\`ft backfill\`, then \`ft rebuild-projections\`, add what was before. \`finalized\` and \`latest\` are resolved once.

## TON

${variableTable(tonVariables, '')}

Without a key tonapi.io is asked once in four seconds, which is too seldom to follow TON. The start is settled at the first start, as above.

## Built-in networks

${networkTable()}

Without any endpoint, and without \`FT_NETWORKS\`, the development networks run: ${developmentNetworks.map(code).join(', ')}.

## Configuration file

JSON, in \`ft.config.json\` of the working directory or where \`FT_CONFIG\` says. It defines further EVM networks; their endpoints
come from the environment (here \`BASE_RPC_URL\`), so the file holds no secrets. \`X_START_BLOCK\` and \`X_CONTRACTS\` win over the
file.

\`\`\`json
${JSON.stringify(exampleFile, null, 2)}
\`\`\`

| Key | Meaning |
|---|---|
| \`kind\` | \`evm\` |
| \`chainId\` | EIP-155 chain id; an endpoint of another chain is refused, and a second network of the same chain in one database |
| \`finality.rule\` | \`tag\`: the chain's \`finalized\` tag, and \`depth\` where an endpoint has none; \`depth\`: \`depth\` only |
| \`finality.depth\` | blocks below the head that count as final |
| \`nativeCurrency\` | symbol and decimals of the currency that fees are paid in; prices in it are shown with them |
| \`startBlock\` | optional: a height, \`"finalized"\` or \`"latest"\` |
| \`contracts\` | optional: \`"all"\` or a list of addresses |
| \`deny\` | optional: addresses that are left out of \`all\` |
`
}

function variableTable(schema: z.ZodObject, prefix: string): string {
  const rows = Object.entries(schema.shape).map(([key, variable]) => {
    const doc = variableDocs.get(variable)
    return `| \`${prefix}${key}\` | ${doc?.meaning} | ${doc?.fallback} | \`${doc?.example}\` |`
  })
  return ['| Variable | Meaning | Default | Example |', '|---|---|---|---|', ...rows].join('\n')
}

function networkTable(): string {
  const rows = builtInNetworks.map(
    (network) =>
      `| \`${network.name}\` | ${network.kind} | ${network.chainId} | ${finality(network)} | ${network.nativeCurrency.symbol} | ${
        network.deny.map(code).join(', ') || 'none'
      } |`,
  )
  return [
    '| Network | Kind | Chain id | Final | Currency | Denied contracts |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

function finality({ finality: { rule, depth } }: NetworkTemplate): string {
  if (rule === 'tag') return `\`finalized\` tag, else ${depth} blocks`
  return depth === 0 ? 'at once' : `${depth} blocks`
}

function code(text: string): string {
  return `\`${text}\``
}
