import type { Bus } from '../../bus/contract.js'
import { createBus } from '../../bus/create.js'
import { type Provider, provider } from '../../worker/dependency.js'
import type { Task } from '../../worker/task.js'
import { type PublishParts, publishTask } from './publish.js'

export interface BusParts extends Omit<PublishParts, 'url'> {
  /** Null: the bus runs in the process, which must then run all tasks. */
  readonly redisUrl: string | null
}

/** The bus that stream tasks read. */
export function busOf({ db, ...parts }: BusParts): Provider<Bus> {
  return provider({
    name: 'bus',
    deps: { db },
    start: (deps) => createBus({ ...parts, ...deps }),
    stop: (running) => running.close(),
  })
}

/** The tasks that serve the bus, whatever the tasks that read it. */
export function busTasks({ redisUrl, ...parts }: BusParts): Task[] {
  return redisUrl === null ? [] : [publishTask({ ...parts, url: redisUrl })]
}
