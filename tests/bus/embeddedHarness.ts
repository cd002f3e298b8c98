import { listDeadLetters, replayDeadLetters } from '../../src/bus/deadLetters.js'
import { EmbeddedBus, type EmbeddedBusOptions } from '../../src/bus/embedded.js'
import { insertMessages } from '../../src/bus/outbox.js'
import type { Db } from '../../src/core/db.js'
import type { Subscription } from '../../src/worker/stream.js'
import type { Harness, Member } from './harness.js'

/** The embedded bus on a database of the test. */
export function embeddedHarness(db: Db, options: Partial<EmbeddedBusOptions> = {}): Harness {
  return {
    join: (...subscriptions) => join(new EmbeddedBus({ db, ...options }), subscriptions),
    publish: (topic, payloads) => insertMessages(db, topic, payloads),
    deadLetters: () => listDeadLetters(db),
    replay: async () => {
      await replayDeadLetters(db, {})
    },
    drained: () => drained(db),
  }
}

async function join(bus: EmbeddedBus, subscriptions: readonly Subscription[]): Promise<Member> {
  const consumers = subscriptions.map((subscription) => bus.subscribe(subscription))
  await bus.start()
  return {
    bus,
    close: () => bus.close(),
    crash: async () => {
      for (const consumer of consumers) consumer.abort(new Error('killed'))
      await bus.close()
    },
  }
}

/** There is no event for "everything is marked": this asks the table. */
async function drained(db: Db): Promise<void> {
  for (;;) {
    const [row] = await db.query<{ pending: number }>(
      'SELECT count(*)::int AS pending FROM system.outbox_events WHERE published_at IS NULL',
    )
    if (row?.pending === 0) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
