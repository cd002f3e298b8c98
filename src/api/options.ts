import type { Db } from '../core/db.js'
import type { RateLimiter } from './limits/rateLimiter.js'

/** Where request lines go: a pino logger, or anything with these two methods. */
export interface ApiLogger {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** One answered request. `route` is the pattern (`/api/v1/assets/:id`) or `unmatched`, so that its values are few. */
export interface ObservedRequest {
  readonly route: string
  readonly method: string
  readonly status: number
  readonly seconds: number
}

/** One thing that must hold before the API wants traffic; `detail` says how it is, or why it is not. */
export interface ReadinessCheck {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

export interface ApiOptions {
  /** A pool with the role `ft_api` and a statement timeout: it can read `projection` and nothing else. */
  readonly db: Db
  /** Networks that `/health/ready` waits for; default: those the database knows. */
  readonly networks?: readonly string[]
  /** Default 127.0.0.1. */
  readonly host?: string
  /** 0 takes any free port. Default 8080. */
  readonly port?: number
  /** Whether every request below /api needs an API key. Default false. */
  readonly keysRequired?: boolean
  /** Requests per minute of an address that shows no key; null (default) for no limit. */
  readonly addressLimit?: number | null
  /** Counts requests against limits; default: this process alone, in memory. */
  readonly limiter?: RateLimiter
  /** Origins whose pages may read answers; `*` for all. Default none. */
  readonly corsOrigins?: readonly string[]
  /** Addresses and networks whose X-Forwarded-For is believed. Default none. */
  readonly trustedProxies?: readonly string[]
  readonly log: ApiLogger
  readonly observe?: (request: ObservedRequest) => void
  /** Further reasons not to be ready, from the process around the API. */
  readonly readiness?: () => Promise<readonly ReadinessCheck[]> | readonly ReadinessCheck[]
  /** Version in the OpenAPI document. Default `0.1.0`. */
  readonly version?: string
}
