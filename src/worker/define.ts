import { task } from './task.js'
import type { TopicSchemas } from './topic.js'
import { type Triggers, triggersOf } from './trigger.js'

/** `task` and `Trigger` for one map of topics: unknown topics and wrong payloads do not compile. */
export function defineTasks<S extends TopicSchemas<S>>(schemas: S): { task: typeof task; Trigger: Triggers<S> } {
  return { task, Trigger: triggersOf(schemas) }
}
