import { createApi } from '../../api/app.js'
import type { ReadinessCheck } from '../../api/options.js'
import type { Bus } from '../../bus/contract.js'
import type { Config, NetworkConfig } from '../../core/config.js'
import type { IngestOptions } from '../../ingest/options.js'
import { ingestTask } from '../../ingest/tasks.js'
import type { Logger } from '../../observability/logger.js'
import type { Metrics } from '../../observability/metrics.js'
import { recordBlocks } from '../../pipeline/fused.js'
import type { Networks } from '../../pipeline/stages.js'
import { pipelineTasks, sweeperTask } from '../../pipeline/tasks.js'
import type { Beat } from '../../worker/beat.js'
import { type Provider, provider } from '../../worker/dependency.js'
import { needsBeat, type Task } from '../../worker/task.js'
import type { Output } from '../context.js'
import { apiTask, type Listening } from './api.js'
import { beatOf } from './beat.js'
import { busOf, busTasks } from './bus.js'
import { type Chain, openChain } from './chains.js'
import type { Database } from './database.js'
import { openLimits } from './limits.js'
import { listingsTasks } from './listings.js'
import { type MetadataParts, metadataTask } from './metadata.js'
import { monitorTask } from './monitor.js'
import { createObserver } from './observer.js'
import { openingTasks } from './openings.js'
import { partitionsTask } from './partitions.js'
import { createPools, type Pools } from './pools.js'
import { readersOf } from './publish.js'
import { standardsTask } from './standards.js'

export interface TaskParts {
  readonly config: Config
  /** The networks to index, those in development with the endpoints of what runs. */
  readonly networks: readonly NetworkConfig[]
  readonly database: Provider<Database>
  readonly log: Logger
  readonly metrics: Metrics
  /** Where progress is shown. */
  readonly stdout: Output
  /** Told where the API listens. */
  readonly onListening: (listening: Listening) => void
  /** What the tasks of this process are doing: part of the API's readiness. */
  readonly readiness: () => readonly ReadinessCheck[]
}

/** Every task of ft.supply and what the runner needs for them. */
export interface Declared {
  readonly tasks: readonly Task[]
  readonly bus: Provider<Bus>
  readonly beat: (task: string) => Provider<Beat>
}

/** Declares every task: a process starts some of them, and with them what they need. This is the only list. */
export function createTasks(parts: TaskParts): Declared {
  const { config, log, metrics } = parts
  const pools = createPools(parts.database, parts.networks.length)
  const chains = Object.fromEntries(parts.networks.map((network) => [network.name, chain(network, parts)]))
  const names = Object.keys(chains)
  const stages = { db: pools.pipeline, networks: networksOf(chains) }
  const work = [
    ...Object.entries(chains).map(([name, opened]) => ingestTask(name, ingestOptions(name, opened, pools, parts))),
    ...parts.networks.flatMap((network) => listings(network, chains, pools, parts)),
    ...parts.networks.flatMap((network) => metadata(network, chains, pools, parts)),
    ...parts.networks.flatMap((config) =>
      openingTasks(config, chains[config.name], pools.pipeline, (count) =>
        metrics.openingBalances.inc({ network: config.name }, count),
      ),
    ),
    ...pipelineTasks(stages, names),
    sweeperTask(stages),
    standardsTask(pools.pipeline, chains),
  ]
  const busParts = { db: pools.pipeline, redisUrl: config.redisUrl, readers: readersOf(work), log }
  const watched = [
    ...work,
    ...busTasks(busParts),
    partitionsTask(pools.partitions),
    apiTask({
      name: 'api',
      db: pools.api,
      create: (db) => {
        const limits = openLimits(config.redisUrl, log, metrics)
        const api = createApi({
          ...config.api,
          db,
          log,
          limiter: limits.limiter,
          networks: names,
          observe: ({ route, method, status, seconds }) =>
            metrics.apiRequestSeconds.observe({ route, method, status }, seconds),
          readiness: parts.readiness,
        })
        return {
          listen: api.listen,
          close: async () => {
            await api.close()
            await limits.close()
          },
        }
      },
      onListening: parts.onListening,
    }),
  ]
  return {
    bus: busOf(busParts),
    beat: beatOf(pools.pipeline, log),
    tasks: [...watched, monitorTask({ db: pools.monitor, metrics, once: onceOf(watched), dataDir: config.dataDir })],
  }
}

/** The names of those that run on one process at a time. */
export function onceOf(tasks: readonly Task[]): string[] {
  return tasks.filter(needsBeat).map(({ name }) => name)
}

function listings(
  config: NetworkConfig,
  chains: Readonly<Record<string, Provider<Chain>>>,
  pools: Pools,
  { metrics }: TaskParts,
): Task[] {
  const opened = chains[config.name]
  if (opened === undefined) return []
  return listingsTasks({
    ...{ config, chain: opened, db: pools.pipeline },
    observe: ({ method, outcome, seconds }) => {
      metrics.rpcRequests.inc({ network: config.name, method, outcome })
      metrics.rpcSeconds.observe({ network: config.name, method }, seconds)
    },
  })
}

function metadata(
  { name, readsMetadata }: NetworkConfig,
  chains: Readonly<Record<string, Provider<Chain>>>,
  pools: Pools,
  { config: { gateways }, metrics }: TaskParts,
): Task[] {
  const opened = chains[name]
  if (!readsMetadata || opened === undefined) return []
  const observe: MetadataParts['observe'] = (outcome) => metrics.metadataLooks.inc({ network: name, outcome })
  return [metadataTask({ name, chain: opened, db: pools.pipeline, gateways, observe })]
}

/** The opened networks by name, as the pipeline wants them. */
function networksOf(chains: Readonly<Record<string, Provider<Chain>>>): Provider<Networks> {
  return provider({
    name: 'networks',
    deps: chains,
    start: (opened): Networks =>
      new Map(
        Object.values(opened).map(({ network, adapter }) => [network.name, { network, parse: adapter.parse }] as const),
      ),
  })
}

function chain(config: NetworkConfig, { database, metrics }: TaskParts): Provider<Chain> {
  return provider({
    name: `chain ${config.name}`,
    deps: { database },
    start: (deps) => openChain(deps.database.owner, config, metrics),
    stop: ({ adapter }) => adapter.close(),
  })
}

function ingestOptions(name: string, opened: Provider<Chain>, pools: Pools, parts: TaskParts): Provider<IngestOptions> {
  return provider({
    name: `ingestion of ${name}`,
    deps: { chain: opened, db: pools.backfill },
    start: ({ chain: { config, network, adapter, scope }, db }) => ({
      db,
      network,
      adapter,
      scope,
      start: config.start,
      finality: config.finality,
      pollMs: parts.config.pollMs ?? (config.development ? 250 : 1000),
      recordBlocks: (tx, blocks, events) => recordBlocks(tx, network, adapter.parse, blocks, events),
      observer: createObserver(config, parts.log, parts.metrics, parts.stdout),
    }),
  })
}
