import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config, NetworkConfig } from '../../core/config.js'
import { FtError } from '../../core/errors.js'
import type { Logger } from '../../observability/logger.js'

/** Milliseconds between two blocks of a development chain. */
const BLOCK_TIME_MS = 1000
const SEED = 1

const runFile = z.object({ databaseName: z.string(), endpoints: z.record(z.string(), z.array(z.string())) })

/** What runs in place of networks that have no endpoint. */
export interface Development {
  /** The configured networks, those in development with the endpoints of what runs. */
  readonly networks: readonly NetworkConfig[]
  /** The chains' own database; undefined when no network is in development. */
  readonly databaseName: string | undefined
  stop(): Promise<void>
}

/** A chain that runs in place of a network's endpoints. */
interface DevelopmentChain {
  readonly endpoints: readonly string[]
  readonly genesisHash: string
  stop(): Promise<void>
}

/**
 * Starts the development chains that the configuration asks for, and leaves a note in the data folder by which other commands find
 * them while they run. Chains and database belong together, so the database is named after the chains' first blocks.
 */
export async function startDevelopment(config: Config, log: Logger): Promise<Development> {
  const chains = new Map<string, DevelopmentChain>()
  const stop = async (): Promise<void> => {
    await rm(note, { force: true })
    await Promise.all([...chains.values()].map((chain) => chain.stop()))
  }
  const note = join(config.dataDir, 'development.json')
  try {
    for (const network of config.networks.filter(({ development }) => development)) {
      chains.set(network.name, await startChain(network, join(config.dataDir, 'devnet'), log))
    }
    if (chains.size === 0) return { networks: config.networks, databaseName: undefined, stop: () => Promise.resolve() }
    const databaseName = databaseOf([...chains.values()])
    const endpoints = Object.fromEntries([...chains].map(([name, chain]) => [name, chain.endpoints]))
    await writeFile(note, JSON.stringify({ databaseName, endpoints }))
    const networks = config.networks.map((network) => {
      const chain = chains.get(network.name)
      return chain === undefined ? network : { ...network, endpoints: chain.endpoints }
    })
    return { networks, databaseName, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Their libraries (viem, the TVM) take a second to load, and nothing else needs them. */
async function startChain({ kind }: NetworkConfig, dir: string, log: Logger): Promise<DevelopmentChain> {
  const options = { blockTimeMs: BLOCK_TIME_MS, seed: SEED, log }
  switch (kind) {
    case 'evm': {
      const { startEvmDevnet } = await import('../../devnet/evm.js')
      const devnet = await startEvmDevnet({ ...options, dataDir: dir })
      const { rpcUrl, wsUrl, genesisHash } = devnet
      return { endpoints: [rpcUrl, wsUrl], genesisHash, stop: () => devnet.stop() }
    }
    case 'ton': {
      const { startTonDevnet } = await import('../../devnet/ton/network.js')
      const devnet = await startTonDevnet({ ...options, dataDir: join(dir, 'ton') })
      return { endpoints: [devnet.url], genesisHash: devnet.genesisHash, stop: () => devnet.stop() }
    }
  }
}

function databaseOf(chains: readonly DevelopmentChain[]): string {
  const hashes = chains.map(({ genesisHash }) => genesisHash).join()
  return `ft_dev_${createHash('sha256').update(hashes).digest('hex').slice(0, 8)}`
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
