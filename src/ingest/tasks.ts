import { topicSchemas } from '../core/events.js'
import { defineTasks } from '../worker/define.js'
import type { Provider } from '../worker/dependency.js'
import type { Task } from '../worker/task.js'
import type { IngestOptions } from './options.js'
import { keepIngesting } from './writer.js'

const { task, Trigger } = defineTasks(topicSchemas)

/** The one writer of a network, as a task that runs for as long as its process. */
export function ingestTask(network: string, options: Provider<IngestOptions>): Task {
  return task({
    name: `ingest-${network}`,
    trigger: Trigger.loop(),
    deps: { options },
    run: ({ options: ingest }, { signal }) => keepIngesting(ingest, signal),
  })
}
