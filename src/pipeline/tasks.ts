import type { Db } from '../core/db.js'
import { topicSchemas } from '../core/events.js'
import { defineTasks } from '../worker/define.js'
import type { Provider } from '../worker/dependency.js'
import type { Task } from '../worker/task.js'
import { closeStale } from './offchain.js'
import { headsStage, type Networks, normalizeStage, ownershipStage, projectStage, reorgStage } from './stages.js'
import { type Suspects, sweep } from './sweep.js'

/** What is missing twice, so far apart, is sent again. */
const SWEEP_MS = 300_000

const { task, Trigger } = defineTasks(topicSchemas)

export type PipelineDeps = {
  /** Pool of the role ft_pipeline. */
  readonly db: Provider<Db>
  readonly networks: Provider<Networks>
}

/**
 * The stages as tasks of the bus: one transaction per batch, effects and what follows from them together. `names` are those of
 * `deps.networks`, which are opened later.
 */
export function pipelineTasks(deps: PipelineDeps, names: readonly string[]): Task[] {
  const params = { network: names }
  return [
    task({
      name: 'normalizer',
      trigger: Trigger.stream('chain.{network}.raw_events', { group: 'normalizer', batch: 50, params }),
      deps,
      run: (messages, { db, networks }) => db.transaction((tx) => normalizeStage(tx, networks, messages)),
    }),
    task({
      name: 'reorg-handler',
      trigger: Trigger.stream('chain.{network}.forks', { group: 'reorg_handler', batch: 10, params }),
      deps,
      run: (messages, { db, networks }) => db.transaction((tx) => reorgStage(tx, networks, messages)),
    }),
    task({
      name: 'ownership-updater',
      trigger: Trigger.stream('ledger.normalized', { group: 'ownership_updater', batch: 50 }),
      deps,
      run: (messages, { db, networks }) => db.transaction((tx) => ownershipStage(tx, networks, messages)),
    }),
    task({
      name: 'projector',
      trigger: Trigger.stream('market.ownership', { group: 'projector', batch: 50 }),
      deps,
      run: (messages, { db, networks }) => db.transaction((tx) => projectStage(tx, networks, messages)),
    }),
    task({
      name: 'finality',
      trigger: Trigger.stream('chain.{network}.heads', { group: 'finality', batch: 50, params }),
      deps,
      run: (messages, { db, networks }) => db.transaction((tx) => headsStage(tx, networks, messages)),
    }),
    sweeper(deps),
  ]
}

/** Sends again what the bus should have brought to a stage and has not. */
function sweeper(deps: PipelineDeps): Task {
  const suspects: Suspects = new Map()
  return task({
    name: 'sweeper',
    trigger: Trigger.every(SWEEP_MS),
    deps,
    run: async ({ db, networks }, { log }) => {
      for (const { network, parse } of networks.values()) {
        const sent = await db.transaction((tx) => sweep(tx, network, parse, suspects))
        if (sent.raw + sent.normalized > 0)
          log.warn({ network: network.name, ...sent }, 'events had not reached their stage: they are sent again')
        const closed = await db.transaction((tx) => closeStale(tx, network))
        if (closed > 0) log.warn({ network: network.name, closed }, 'listings were closed: their source is silent')
      }
    },
  })
}
