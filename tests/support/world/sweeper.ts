import { createPool } from '../../../src/core/db.js'
import type { Network } from '../../../src/core/networks.js'
import { sweeperTask } from '../../../src/pipeline/tasks.js'
import { provider } from '../../../src/worker/dependency.js'
import { silentLog } from '../../../src/worker/log.js'
import type { TestDatabase } from '../database.js'
import { worldParser } from './world.js'

/** The first tick of the sweeper of a process, with the role of the pipeline. */
export async function sweepOnce({ url }: Pick<TestDatabase, 'url'>, network: Network): Promise<void> {
  const pool = createPool({ url, role: 'ft_pipeline', max: 1 })
  const db = provider({ name: 'db', start: () => pool, stop: () => pool.end() })
  const networks = provider({
    name: 'networks',
    start: () => new Map([[network.name, { network, parse: worldParser }]]),
  })
  const scope = {}
  await db.start(scope)
  await networks.start(scope)
  const context = { task: 'sweeper', signal: new AbortController().signal, log: silentLog }
  await sweeperTask({ db, networks }).bind(scope)([], context)
  await db.stop(scope)
}
