import { localLimiter } from '../../api/limits/localLimiter.js'
import type { RateLimiter } from '../../api/limits/rateLimiter.js'
import { sharedLimiter } from '../../api/limits/sharedLimiter.js'
import { RedisServer } from '../../bus/redis/connection.js'
import { RedisCounts } from '../../bus/redis/rateLimit.js'
import { messageOf } from '../../core/errors.js'
import type { Metrics } from '../../observability/metrics.js'

/** The limits of the API: shared by all processes where there is a Redis, else of this one. */
export function openLimits(
  redisUrl: string | null,
  log: { warn(fields: object, message: string): void },
  metrics: Pick<Metrics, 'apiLocalLimits'>,
): { readonly limiter: RateLimiter; close(): Promise<void> } {
  const local = localLimiter()
  if (redisUrl === null) return { limiter: local, close: () => Promise.resolve() }
  const counts = new RedisCounts(new RedisServer(redisUrl, 'ft-api-limits'))
  const limiter = sharedLimiter(counts, local, (error) => {
    metrics.apiLocalLimits.inc()
    log.warn({}, `rate limits hold for this process alone for the moment: ${messageOf(error)}`)
  })
  return { limiter, close: () => counts.close() }
}
