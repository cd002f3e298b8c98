import type { Db } from '../../core/db.js'
import type { Logger } from '../../observability/logger.js'
import type { Beat } from '../../worker/beat.js'
import { type Provider, provider } from '../../worker/dependency.js'
import { PostgresBeat } from '../../worker/postgresBeat.js'

/** Decides, for each task that must happen once, which of the processes on this database does it. */
export function beatOf(pipeline: Provider<Db>, log: Logger): (task: string) => Provider<Beat> {
  return (task) =>
    provider({
      name: `beat of ${task}`,
      deps: { db: pipeline },
      start: ({ db }) => {
        const running = new PostgresBeat({ db, task, log })
        running.start()
        return running
      },
      stop: (running) => running.end(),
    })
}
