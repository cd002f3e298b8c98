import type { Db, Tx } from '../core/db.js'
import { type ForkMessage, topicSchemas } from '../core/events.js'
import { defineTasks } from '../worker/define.js'
import type { Provider, Resolved } from '../worker/dependency.js'
import type { Task, TaskContext } from '../worker/task.js'
import { type BatchMessage, batchLines } from './batchLog.js'
import { Restatement } from './decimals.js'
import { closeStale } from './offchain.js'
import { removeOver } from './project/expiry.js'
import { TAKEN_AT_ONCE } from './reorg.js'
import { headsStage, type Networks, normalizeStage, ownershipStage, projectStage, reorgStage } from './stages.js'
import { Sweep } from './sweep/sweep.js'

/** How often blocks are looked at, and how many at once: a day of Polygon in 17 minutes. */
const LOOK_MS = 60_000
const LOOK_BLOCKS = 2_500
/** What is missing twice, so far apart, is sent again. */
const PATIENCE_MS = 300_000

const { task, Trigger } = defineTasks(topicSchemas)

export type PipelineDeps = {
  /** Pool of the role ft_pipeline. */
  readonly db: Provider<Db>
  readonly networks: Provider<Networks>
}

/**
 * The stages as tasks of the bus: one transaction per batch, effects and what follows from them together. `names` are those of
 * `deps.networks`, which are opened later; `atOnce` is how much of a fork one transaction takes back.
 */
export function pipelineTasks(deps: PipelineDeps, names: readonly string[], atOnce = TAKEN_AT_ONCE): Task[] {
  const takeBack = (tx: Tx, networks: Networks, forks: readonly ForkMessage[]): Promise<void> =>
    reorgStage(tx, networks, forks, atOnce)
  const params = { network: names }
  return [
    task({
      name: 'normalizer',
      trigger: Trigger.stream('chain.{network}.raw_events', { group: 'normalizer', batch: 50, params }),
      deps,
      run: (messages, running, context) => applyBatch(normalizeStage, messages, running, context),
    }),
    task({
      name: 'reorg-handler',
      trigger: Trigger.stream('chain.{network}.forks', { group: 'reorg_handler', batch: 10, params }),
      deps,
      run: (messages, running, context) => applyBatch(takeBack, messages, running, context),
    }),
    task({
      name: 'ownership-updater',
      trigger: Trigger.stream('ledger.normalized', { group: 'ownership_updater', batch: 50 }),
      deps,
      run: (messages, running, context) => applyBatch(ownershipStage, messages, running, context),
    }),
    task({
      name: 'projector',
      trigger: Trigger.stream('market.ownership', { group: 'projector', batch: 50 }),
      deps,
      run: (messages, running, context) => applyBatch(projectStage, messages, running, context),
    }),
    task({
      name: 'finality',
      trigger: Trigger.stream('chain.{network}.heads', { group: 'finality', batch: 50, params }),
      deps,
      run: (messages, running, context) => applyBatch(headsStage, messages, running, context),
    }),
  ]
}

/** Runs a stage in a transaction of its own, and logs a line per network. */
async function applyBatch<M extends BatchMessage>(
  stage: (tx: Tx, networks: Networks, messages: readonly M[]) => Promise<void>,
  messages: readonly M[],
  { db, networks }: Resolved<PipelineDeps>,
  { log }: TaskContext,
): Promise<void> {
  await db.transaction((tx) => stage(tx, networks, messages))
  for (const line of batchLines(messages)) log.debug({ ...line }, 'batch applied')
}

/** Sends again what the bus should have brought to a stage and has not, and ends what no message ends. */
export function sweeperTask(deps: PipelineDeps): Task {
  const sweeps = new Map<string, Sweep>()
  const decimals = new Restatement()
  return task({
    name: 'sweeper',
    trigger: Trigger.every(LOOK_MS, { once: true }),
    deps,
    run: async ({ db, networks }, { log }) => {
      for (const [name, { network, parse }] of networks) {
        const options = { patienceMs: PATIENCE_MS, blocks: LOOK_BLOCKS }
        const sweep = sweeps.get(name) ?? new Sweep(network, parse, options)
        sweeps.set(name, sweep)
        const restated = await decimals.look(db, network)
        if (restated > 0) log.info({ network: name, restated }, 'sales and listings got the decimals of their currency')
        const sent = await db.transaction((tx) => sweep.look(tx))
        if (Object.values(sent).some((count) => count > 0))
          log.warn({ network: name, ...sent }, 'what had not reached its stage is sent again')
        const closed = await db.transaction((tx) => closeStale(tx, network))
        if (closed > 0) log.warn({ network: name, closed }, 'listings were closed: their source is silent')
        const over = await db.transaction((tx) => removeOver(tx, network))
        if (over > 0) log.debug({ network: name, over }, 'cards of listings that ended were removed')
      }
    },
  })
}
