import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config, NetworkConfig } from '../../core/config.js'
import { FtError } from '../../core/errors.js'
import { startEvmDevnet } from '../../devnet/evm.js'
import type { Logger } from '../../observability/logger.js'

/** Milliseconds between two blocks of the development chain. */
const BLOCK_TIME_MS = 1000
const SEED = 1

const runFile = z.object({ databaseName: z.string(), endpoints: z.record(z.string(), z.array(z.string())) })

/** What runs in place of networks that have no endpoint. */
export interface Development {
  /** The configured networks, those in development with the endpoints of what runs. */
  readonly networks: readonly NetworkConfig[]
  /** The chain's own database; undefined when no network is in development. */
  readonly databaseName: string | undefined
  stop(): Promise<void>
}

/**
 * Starts the development chain when the configuration asks for one, and leaves a note in the data folder by which other commands
 * find it while it runs. Chain and database belong together, so the database is named after the chain's first block.
 */
export async function startDevelopment(config: Config, log: Logger): Promise<Development> {
  if (!config.networks.some((network) => network.development)) {
    return { networks: config.networks, databaseName: undefined, stop: () => Promise.resolve() }
  }
  const devnet = await startEvmDevnet({
    dataDir: join(config.dataDir, 'devnet'),
    blockTimeMs: BLOCK_TIME_MS,
    seed: SEED,
    log,
  })
  const databaseName = `ft_dev_${devnet.genesisHash.slice(2, 10)}`
  const endpoints = [devnet.rpcUrl, devnet.wsUrl]
  const note = join(config.dataDir, 'development.json')
  await writeFile(note, JSON.stringify({ databaseName, endpoints: { polygon: endpoints } }))
  return {
    networks: config.networks.map((network) => (network.development ? { ...network, endpoints } : network)),
    databaseName,
    stop: async () => {
      await rm(note, { force: true })
      await devnet.stop()
    },
  }
}

/**
 * A configured network with endpoints that can be asked, and the database it is indexed into. A network in development has them
 * while `ft up` runs.
 * @throws FtError not_found
 */
export function reachableNetwork(
  config: Config,
  name: string,
): { network: NetworkConfig; databaseName: string | undefined } {
  const network = config.networks.find((candidate) => candidate.name === name)
  if (network === undefined) {
    const known = config.networks.map((candidate) => candidate.name).join(', ')
    throw new FtError('not_found', `network ${name} is not configured; these are: ${known}`)
  }
  if (!network.development) return { network, databaseName: undefined }
  const { databaseName, endpoints } = readNote(config, name)
  return { network: { ...network, endpoints: endpoints[name] ?? [] }, databaseName }
}

/**
 * The name of the database that `ft up` works with, where it is not the only one of its server.
 * @throws FtError not_found when it belongs to a development chain that does not run
 */
export function databaseInUse(config: Config): string | undefined {
  const development = config.networks.find((network) => network.development)
  if (config.databaseUrl !== null || development === undefined) return undefined
  return readNote(config, development.name).databaseName
}

function readNote(config: Config, name: string): z.infer<typeof runFile> {
  try {
    return runFile.parse(JSON.parse(readFileSync(join(config.dataDir, 'development.json'), 'utf8')))
  } catch (cause) {
    throw new FtError('not_found', `the development chain of ${name} does not run: start it with ft up`, { cause })
  }
}
