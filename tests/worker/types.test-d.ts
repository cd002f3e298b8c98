import { z } from 'zod'
import { defineTasks } from '../../src/worker/define.js'
import { provider } from '../../src/worker/dependency.js'
import type { TopicName } from '../../src/worker/topic.js'

/*
 * Checked by the compiler alone: each @ts-expect-error is an error of its own when the line below it compiles.
 */

const { task, Trigger } = defineTasks({
  'chain.{network}.blocks': z.object({ height: z.int() }),
  'ledger.entries': z.object({ id: z.string() }),
})
const clock = provider({ name: 'clock', start: () => ({ now: () => 0 }) })

export const accepted = [
  task({
    name: 'one topic',
    trigger: Trigger.stream('ledger.entries', { group: 'g', batch: 10 }),
    deps: { clock, limit: 5 },
    run: async (messages, { clock: running, limit }, { signal, log }) => {
      const ids: readonly string[] = messages.map((message) => message.id)
      log.info({ ids, now: running.now() + limit, aborted: signal.aborted }, 'read')
    },
  }),
  task({
    name: 'topics of several networks, and of several patterns',
    trigger: Trigger.stream(['chain.{network}.blocks', 'ledger.entries'], {
      group: 'g',
      params: { network: ['a', 'b'] },
    }),
    run: async (messages) => {
      for (const message of messages) if ('height' in message) message.height.toFixed()
    },
  }),
  task({
    name: 'interval',
    trigger: Trigger.every(1_000),
    deps: { clock },
    run: async (deps) => void deps.clock.now(),
  }),
  task({ name: 'loop', trigger: Trigger.loop(), run: async (_deps, { signal }) => signal.throwIfAborted() }),
]

// @ts-expect-error an unknown topic
Trigger.stream('ledger.unknown', { group: 'g' })
// @ts-expect-error one unknown topic among several
Trigger.stream(['ledger.entries', 'ledger.unknown'], { group: 'g' })
// @ts-expect-error a concrete name instead of the pattern
Trigger.stream('chain.polygon.blocks', { group: 'g' })
// @ts-expect-error the networks of a pattern are missing
Trigger.stream('chain.{network}.blocks', { group: 'g' })
// @ts-expect-error networks for a topic that has none
Trigger.stream('ledger.entries', { group: 'g', params: { network: ['a'] } })
// @ts-expect-error an interval in words
Trigger.every('1 minute')
// @ts-expect-error an interval with an option that there is not
Trigger.every(1_000, { twice: true })
// @ts-expect-error a schedule as a number
Trigger.cron(60)
// @ts-expect-error cron fires once in a cluster anyhow
Trigger.cron('* * * * *', { once: true })
// @ts-expect-error no group
Trigger.stream('ledger.entries', { batch: 1 })

task({
  name: 'a dependency that was not asked for',
  trigger: Trigger.every(1_000),
  deps: { clock },
  // @ts-expect-error
  run: async ({ database }) => database.query(),
})

task({
  name: 'a dependency of another type',
  trigger: Trigger.every(1_000),
  deps: { clock },
  // @ts-expect-error
  run: async ({ clock: running }) => running.tomorrow(),
})

task({
  name: 'a provider is not its value',
  trigger: Trigger.every(1_000),
  deps: { clock },
  // @ts-expect-error
  run: async (deps) => deps.clock.get({}),
})

task({
  name: 'a field that the payload does not have',
  trigger: Trigger.stream('ledger.entries', { group: 'g' }),
  // @ts-expect-error
  run: async (messages) => void messages[0]?.height,
})

task({
  name: 'messages of an interval',
  trigger: Trigger.every(1_000),
  // @ts-expect-error
  run: async (_messages, _deps, _context) => undefined,
})

async function needsClock({ clock: running }: { clock: { now(): number } }): Promise<void> {
  running.now()
}
task({
  name: 'a function that needs more than the task has',
  trigger: Trigger.loop(),
  deps: { limit: 1 },
  // @ts-expect-error
  run: async (deps) => needsClock(deps),
})

task({
  name: 'trouble of a dependency that was not asked for',
  trigger: Trigger.loop(),
  deps: { clock },
  run: async () => undefined,
  // @ts-expect-error
  trouble: ({ publisher }) => publisher.trouble(),
})

provider({
  name: 'a provider that uses what it did not ask for',
  deps: { clock },
  // @ts-expect-error
  start: ({ database }) => database,
})

export const concrete: TopicName<'chain.{network}.blocks'> = 'chain.polygon.blocks'
// @ts-expect-error not a name of the pattern
export const other: TopicName<'chain.{network}.blocks'> = 'chain.polygon.forks'
