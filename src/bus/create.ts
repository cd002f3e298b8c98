import type { Db } from '../core/db.js'
import type { Log } from '../worker/log.js'
import type { Bus } from './contract.js'
import { EmbeddedBus } from './embedded.js'
import type { Readers } from './readers.js'
import { RedisBus } from './redis/bus.js'

export interface BusOptions {
  /** A server, or one node of a cluster; null for the embedded bus. */
  readonly redisUrl: string | null
  /** Pool of the role ft_pipeline. */
  readonly db: Db
  /** Every group there is, of all processes. */
  readonly readers: Readers
  readonly log?: Log | undefined
}

/** The bus that the configuration asks for. With Redis, a Publisher has to run in some process. */
export function createBus({ redisUrl, readers, ...options }: BusOptions): Bus {
  return redisUrl === null ? new EmbeddedBus({ ...options, readers }) : new RedisBus({ ...options, url: redisUrl })
}
