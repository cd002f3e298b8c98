import type { NetworkConfig } from '../../core/config.js'
import type { Db } from '../../core/db.js'
import { topicSchemas } from '../../core/events.js'
import { Openings } from '../../pipeline/openings.js'
import { defineTasks } from '../../worker/define.js'
import { type Provider, provider } from '../../worker/dependency.js'
import type { Task } from '../../worker/task.js'
import type { Chain } from './chains.js'

const { task, Trigger } = defineTasks(topicSchemas)

const LOOK_MS = 5_000
/** Longest look, but for the answer that it waits for. */
const BUSY_MS = 20_000
/** Longest wait for an answer: endpoints are tried in turn, several times. */
const TIMEOUT_MS = 300_000

/**
 * The task that asks for a network's opening balances; none where the operator has not switched it on. `db` has the role ft_pipeline; `onOpened` is
 * told how many were written.
 */
export function openingTasks(
  config: NetworkConfig,
  chain: Provider<Chain> | undefined,
  db: Provider<Db>,
  onOpened: (count: number) => void,
): Task[] {
  const { name, openingBalances } = config
  if (!openingBalances || chain === undefined) return []
  const openings = provider({
    name: `opening balances of ${name}`,
    deps: { chain, db },
    start: ({ chain: { network, adapter }, db }) =>
      new Openings(db, network, (questions, block) => adapter.holdings(questions, block)),
  })
  return [
    task({
      name: `openings-${name}`,
      trigger: Trigger.every(LOOK_MS, { once: true }),
      deps: { openings },
      timeoutMs: TIMEOUT_MS,
      run: async (deps, { signal, log }) => {
        const look = await deps.openings.look(AbortSignal.any([signal, AbortSignal.timeout(BUSY_MS)]))
        onOpened(look.opened)
        if (look.opened > 0) log.info({ network: name, opened: look.opened }, 'opening balances written')
        for (const contract of look.failing) {
          log.warn({ network: name, contract }, 'calls of this contract fail: its opening balances stay unknown')
        }
        if (look.failure !== null) {
          log.warn(
            { network: name, err: look.failure },
            'opening balances cannot be asked: that needs an endpoint with old state (archive); tried again every 5 minutes',
          )
        }
      },
    }),
  ]
}
