import type { Db } from '../../core/db.js'
import { topicSchemas } from '../../core/events.js'
import { defineTasks } from '../../worker/define.js'
import { type Provider, provider } from '../../worker/dependency.js'
import { aborted } from '../../worker/signal.js'
import type { Task } from '../../worker/task.js'

const { task, Trigger } = defineTasks(topicSchemas)

export interface Listening {
  readonly name: string
  readonly url: string
}

/** Something that listens for HTTP requests until it is closed. */
export interface HttpServer {
  listen(): Promise<string>
  close(): Promise<void>
}

export interface ApiTaskOptions {
  readonly name: string
  readonly db: Provider<Db>
  readonly create: (db: Db) => HttpServer
  readonly onListening: (listening: Listening) => void
}

/** An HTTP server as a task: listens once its dependencies run, closes before they stop. */
export function apiTask({ name, db, create, onListening }: ApiTaskOptions): Task {
  const server = provider({
    name: `${name} server`,
    deps: { db },
    start: async (deps) => {
      const http = create(deps.db)
      onListening({ name, url: await http.listen() })
      return http
    },
    stop: (http) => http.close(),
  })
  return task({
    name,
    trigger: Trigger.loop(),
    deps: { server },
    run: (_, { signal }) => aborted(signal),
  })
}
