import type { Db } from '../../core/db.js'
import { isFtError } from '../../core/errors.js'
import { topicSchemas } from '../../core/events.js'
import { askContracts } from '../../pipeline/standards.js'
import { backoff } from '../../worker/backoff.js'
import { defineTasks } from '../../worker/define.js'
import { type Provider, provider } from '../../worker/dependency.js'
import type { Log } from '../../worker/log.js'
import type { Task } from '../../worker/task.js'
import type { Chain } from './chains.js'

const { task, Trigger } = defineTasks(topicSchemas)

const LOOK_MS = 5_000
/** Longer than a look that meets endpoints which do not answer, one after the other. */
const TIMEOUT_MS = 300_000
/** A network that cannot be asked is left alone, the longer the more often it was in vain. */
const pauseMs = backoff(30_000, 900_000)

/** Of a network, what is needed to ask its contracts. */
type Asked = Pick<Chain, 'network' | 'adapter'>

/** Networks that could not be asked: how often in a row, and until when (performance.now()) they are left alone. */
type Pauses = Map<string, { readonly failures: number; readonly until: number }>

/**
 * Asks collections' contracts for their standard and their name, on one process. Networks are asked beside each other: one that does not answer
 * stops none. `db` has the role ft_pipeline.
 */
export function standardsTask(db: Provider<Db>, chains: Readonly<Record<string, Provider<Asked>>>): Task {
  const pauses: Pauses = new Map()
  const opened = provider({ name: 'chains', deps: chains, start: (running) => Object.values<Asked>(running) })
  return task({
    name: 'standards',
    trigger: Trigger.every(LOOK_MS, { once: true }),
    deps: { db, opened },
    timeoutMs: TIMEOUT_MS,
    run: async (deps, { log }) => {
      await Promise.all(deps.opened.map((chain) => askOnce(deps.db, chain, pauses, log)))
    },
  })
}

async function askOnce(db: Db, chain: Asked, pauses: Pauses, log: Log): Promise<void> {
  const { network, adapter } = chain
  const failures = pauses.get(network.name)?.failures ?? 0
  if ((pauses.get(network.name)?.until ?? 0) > performance.now()) return
  try {
    const asked = await askContracts(db, network, adapter)
    pauses.delete(network.name)
    if (asked > 0) log.debug({ network: network.name, asked }, 'contracts were asked for their standard and name')
  } catch (error) {
    if (!isFtError(error)) throw error
    const delayMs = Math.round(pauseMs(failures + 1))
    pauses.set(network.name, { failures: failures + 1, until: performance.now() + delayMs })
    log.warn({ network: network.name, err: error, delayMs }, 'contracts could not be asked for their standard and name')
  }
}
