import { EmbeddedBus } from '../../src/bus/embedded.js'
import type { Readers } from '../../src/bus/readers.js'
import { RedisBus } from '../../src/bus/redis/bus.js'
import { Publisher } from '../../src/bus/redis/publisher.js'
import type { Db } from '../../src/core/db.js'
import type { Log } from '../../src/worker/log.js'
import type { StreamSource } from '../../src/worker/stream.js'

/** The bus of one process. */
export interface SimBus extends StreamSource {
  close(): Promise<void>
  /** Lets go of everything, as the end of its process would. */
  destroy(): Promise<void>
}

export interface BusOptions {
  readonly db: Db
  readonly log: Log
  readonly readers: Readers
  /** null: the embedded bus. */
  readonly redisUrl: string | null
}

/** The real buses with short times, so that what a killed process leaves behind is taken over soon. */
export function createSimBus({ db, log, readers, redisUrl }: BusOptions): SimBus {
  if (redisUrl === null) {
    const bus = new EmbeddedBus({ db, log, readers, pollMs: 50, sweepMs: 500 })
    return {
      subscribe: (subscription) => bus.subscribe(subscription),
      start: () => bus.start(),
      close: () => bus.close(),
      destroy: () => bus.close(),
    }
  }
  const bus = new RedisBus({ db, log, url: redisUrl, timing: { abandonedMs: 300, blockMs: 500 } })
  const publisher = new Publisher({
    db,
    log,
    readers,
    url: redisUrl,
    limits: { upkeepMs: 50, pollMs: 50, sweepMs: 500 },
  })
  return {
    subscribe: (subscription) => bus.subscribe(subscription),
    start: async () => {
      await bus.start()
      publisher.start()
    },
    close: async () => {
      await Promise.all([bus.close(), publisher.close()])
    },
    destroy: async () => {
      bus.destroy()
      await publisher.close()
    },
  }
}
