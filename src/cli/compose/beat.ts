import type { Db } from '../../core/db.js'
import type { Logger } from '../../observability/logger.js'
import type { Beat } from '../../worker/beat.js'
import { type Provider, provider } from '../../worker/dependency.js'
import { PostgresBeat } from '../../worker/postgresBeat.js'

/** Decides which of the processes on this database does what must happen once. */
export function beatOf(pipeline: Provider<Db>, log: Logger): Provider<Beat> {
  return provider({
    name: 'beat',
    deps: { db: pipeline },
    start: ({ db }) => {
      const running = new PostgresBeat({ db, log })
      running.start()
      return running
    },
    stop: (running) => running.end(),
  })
}
