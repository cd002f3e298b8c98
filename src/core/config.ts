import { resolve } from 'node:path'
import { type ApiConfig, apiConfig, openApi } from './config/api.js'
import { readConfigFile } from './config/file.js'
import { builtInNetworks, type NetworkConfig } from './config/networks.js'
import { createProblems, type Environment, type Problems, readVariables } from './config/problems.js'
import { selectNetworks } from './config/select.js'
import { refuseUnknown, unusedVariables } from './config/unknown.js'
import { systemVariables } from './config/variables.js'
import type { Gateways } from './contentUri.js'

export type { NetworkConfig } from './config/networks.js'
export type { Environment } from './config/problems.js'

/** Everything that can be set, as it is in force. It holds secrets: show it through `describeConfig` only. */
export interface Config {
  /** PostgreSQL URL; null for the embedded server. */
  readonly databaseUrl: string | null
  /** Redis URL; null for the embedded bus. */
  readonly redisUrl: string | null
  /** Absolute path of the folder for embedded data. */
  readonly dataDir: string
  readonly api: ApiConfig
  readonly metrics: { readonly host: string; readonly port: number }
  readonly log: { readonly level: LogLevel; readonly format: LogFormat }
  /** Milliseconds between two looks for a new block where nothing announces it; null: as fits the network. */
  readonly pollMs: number | null
  /** Through which metadata on IPFS and Arweave is fetched. */
  readonly gateways: Gateways
  /** The networks to index: at least one. */
  readonly networks: readonly NetworkConfig[]
  /** Absolute path of the configuration file that was read, if any. */
  readonly file: string | null
  /** What is probably not meant, one sentence each. */
  readonly warnings: readonly string[]
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
export type LogFormat = 'auto' | 'json' | 'pretty'

/**
 * The configuration of an environment and of the configuration file. Relative paths count from `cwd`; an empty variable counts
 * as not set.
 * @throws FtError config_invalid with every problem in its message, one per line, each naming the variable and an example
 */
export function loadConfig(env: Environment = process.env, cwd: string = process.cwd()): Config {
  const problems = createProblems()
  const system = readVariables(systemVariables, '', env, problems)
  const file = readConfigFile(env, cwd, problems)
  const templates = [...builtInNetworks, ...file.networks]
  const networks = selectNetworks(templates, system.FT_NETWORKS, env, problems)
  refuseUnknown(templates, env, problems)
  const api = apiConfig(system)
  const ports = { api: api.port, metrics: system.FT_METRICS_PORT ?? 9464 }
  refuseSharedPort(ports, problems)
  problems.throwIfAny()
  return {
    databaseUrl: system.DATABASE_URL ?? null,
    redisUrl: system.REDIS_URL ?? null,
    dataDir: resolve(cwd, system.FT_DATA_DIR ?? '.ft'),
    api,
    metrics: { host: api.host, port: ports.metrics },
    log: { level: system.FT_LOG_LEVEL ?? 'info', format: system.FT_LOG_FORMAT ?? 'auto' },
    pollMs: system.FT_POLL_MS ?? null,
    gateways: {
      ipfs: system.FT_IPFS_GATEWAY ?? 'https://ipfs.io',
      arweave: system.FT_ARWEAVE_GATEWAY ?? 'https://arweave.net',
    },
    networks,
    file: file.path,
    warnings: [...openApi(api), ...unusedVariables(templates, networks, env)],
  }
}

function refuseSharedPort(ports: { api: number; metrics: number }, problems: Problems): void {
  if (ports.api !== ports.metrics || ports.api === 0) return
  problems.add(
    'FT_METRICS_PORT',
    `${ports.api} is the port of the API (FT_API_PORT) too`,
    `FT_METRICS_PORT=${ports.api === 9464 ? 9465 : 9464}`,
  )
}
