import { forgetDeadLetters } from '../../bus/deadLetters.js'
import type { Db } from '../../core/db.js'
import { topicSchemas } from '../../core/events.js'
import { pruneHeaders } from '../../ingest/prune.js'
import { type NetworkState, readNetworkStates } from '../../observability/networkState.js'
import { retireApplied, SETTLED_MARGIN } from '../../pipeline/retire.js'
import { defineTasks } from '../../worker/define.js'
import type { Provider } from '../../worker/dependency.js'
import type { Log } from '../../worker/log.js'
import type { Task } from '../../worker/task.js'

const { task, Trigger } = defineTasks(topicSchemas)

/** Every minute, on one process. */
const SCHEDULE = '* * * * *'
/** Blocks for which partitions exist before they come: the width of one partition, weeks on every chain. */
const BLOCKS_AHEAD = 1_000_000

/**
 * Makes partitions ahead of time and drops what nobody needs any more, so that tables that serve delivery do not grow for ever
 * (docs/deployment.md). Any number of processes may have it; one of them runs it.
 */
export function partitionsTask(db: Provider<Db>): Task {
  return task({
    name: 'partitions',
    trigger: Trigger.cron(SCHEDULE),
    deps: { db },
    run: (deps, { log }) => keepBounded(deps.db, log),
  })
}

/** One round of it, for every network. `db` has the role ft_backfill. */
export async function keepBounded(db: Db, log: Log): Promise<void> {
  await db.transaction((tx) => tx.query('SELECT system.ensure_outbox_partitions()'))
  for (const network of await readNetworkStates(db)) {
    await makeAhead(db, network, log)
    const settled = Math.min(settledBelow(network), await lowestLetter(db, network))
    if (settled <= 0) continue
    const partitions = await db.transaction((tx) => retireApplied(tx, network, settled))
    const headers = await pruneHeaders(db, network, settled)
    if (partitions > 0 || headers > 0) {
      log.info({ network: network.name, block: settled, partitions, headers }, 'dropped what no fork or delivery needs')
    }
  }
  await forgetDeadLetters(db)
}

/**
 * The lowest block of which a dead letter has entries for the ledger's consumers; Infinity when there is none. Replayed, they would be taken
 * for duplicates in a block that counts as applied; one that was replayed is on its way for a while.
 */
async function lowestLetter(db: Db, { name }: NetworkState): Promise<number> {
  const [row] = await db.query<{ lowest: number | null }>(
    `SELECT min((e->>'blockNumber')::bigint) AS lowest FROM system.dlq d CROSS JOIN LATERAL json_array_elements(d.payload->'events') e
     WHERE d.topic = 'ledger.normalized' AND d.network = $1 AND json_typeof(d.payload->'events') = 'array'
       AND (d.resolved_at IS NULL OR d.resolution = 'replayed' AND d.resolved_at > now() - interval '1 day')`,
    [name],
  )
  return row?.lowest ?? Number.POSITIVE_INFINITY
}

async function makeAhead(db: Db, { id, name, ingested, startBlock }: NetworkState, log: Log): Promise<void> {
  const from = ingested?.number ?? startBlock
  if (from === null) return
  const made = await db.transaction(async (tx) => {
    const call = 'SELECT system.ensure_partitions($1, $2, $3) AS made'
    const [row] = await tx.query<{ made: number }>(call, [id, from, from + BLOCKS_AHEAD])
    return row?.made ?? 0
  })
  if (made > 0) log.info({ network: name, block: from, partitions: made }, 'partitions made')
}

/** Below this height every message about a block has been through all stages, and no fork can bring another. */
function settledBelow({ projected, finalized, state }: NetworkState): number {
  if (projected === null || finalized === null || state === 'disputed') return 0
  return Math.min(projected.number, finalized.number) - SETTLED_MARGIN
}
