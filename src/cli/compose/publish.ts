import type { Readers } from '../../bus/readers.js'
import { Publisher } from '../../bus/redis/publisher.js'
import type { Db } from '../../core/db.js'
import { topicSchemas } from '../../core/events.js'
import type { Logger } from '../../observability/logger.js'
import { defineTasks } from '../../worker/define.js'
import { type Provider, provider } from '../../worker/dependency.js'
import { aborted } from '../../worker/signal.js'
import type { Task } from '../../worker/task.js'

const { task, Trigger } = defineTasks(topicSchemas)

/** Every group of these tasks, with its topics. */
export function readersOf(tasks: readonly Task[]): Readers {
  return tasks.flatMap(({ trigger }) => (trigger.kind === 'stream' ? [trigger] : []))
}

export interface PublishParts {
  /** Pool of the role ft_pipeline. */
  readonly db: Provider<Db>
  readonly url: string
  readonly readers: Readers
  readonly log: Logger
}

/** Puts the messages of the outbox on Redis, or stands by while another process does. */
export function publishTask({ db, url, readers, log }: PublishParts): Task {
  const publisher = provider({
    name: 'publisher',
    deps: { db },
    start: (deps) => {
      const running = new Publisher({ ...deps, url, readers, log })
      running.start()
      return running
    },
    stop: (running) => running.close(),
  })
  return task({
    name: 'outbox-publisher',
    trigger: Trigger.loop(),
    deps: { publisher },
    run: (_, { signal }) => aborted(signal),
    // The publisher mends itself.
    trouble: (deps) => deps.publisher.trouble(),
  })
}
