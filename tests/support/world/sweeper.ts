import { createPool } from '../../../src/core/db.js'
import type { Network } from '../../../src/core/networks.js'
import { sweeperTask } from '../../../src/pipeline/tasks.js'
import { provider } from '../../../src/worker/dependency.js'
import { silentLog } from '../../../src/worker/log.js'
import type { TestDatabase } from '../database.js'
import { worldParser } from './world.js'

/** The sweeper of a process, with the role of the pipeline. */
export interface Sweeper {
  tick(): Promise<void>
  stop(): Promise<void>
}

/** Starts a sweeper that looks when it is told to. */
export async function startSweeper({ url }: Pick<TestDatabase, 'url'>, network: Network): Promise<Sweeper> {
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
  const run = sweeperTask({ db, networks }).bind(scope)
  return {
    tick: async () => void (await run([], context)),
    stop: async () => void (await db.stop(scope)),
  }
}

/** The first tick of the sweeper of a process. */
export async function sweepOnce(database: Pick<TestDatabase, 'url'>, network: Network): Promise<void> {
  const sweeper = await startSweeper(database, network)
  await sweeper.tick()
  await sweeper.stop()
}
