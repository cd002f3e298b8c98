/** What a registered error means: how HTTP answers it, whether trying again can help, and the text the public may read. */
export interface ErrorSpec {
  readonly status: number
  readonly retryable: boolean
  readonly title: string
}

/**
 * Every error class of ft.supply, once. A code is never reused for another meaning.
 * `status` is what the API answers, `retryable` says that the same call may succeed later unchanged.
 */
export const errorRegistry = {
  // input
  config_invalid: { status: 500, retryable: false, title: 'The configuration is not valid' },
  request_invalid: { status: 400, retryable: false, title: 'The request is not valid' },
  address_invalid: { status: 400, retryable: false, title: 'The address is not valid' },
  cursor_invalid: { status: 400, retryable: false, title: 'The page cursor is not valid' },
  key_missing: { status: 401, retryable: false, title: 'An API key is needed' },
  key_invalid: { status: 401, retryable: false, title: 'The API key is not valid' },
  scope_missing: { status: 403, retryable: false, title: 'The API key may not be used for this' },
  not_found: { status: 404, retryable: false, title: 'Nothing is known under this name' },
  method_not_allowed: { status: 405, retryable: false, title: 'The method is not allowed here' },
  request_timeout: { status: 408, retryable: true, title: 'The request did not arrive in time' },
  uri_too_long: { status: 414, retryable: false, title: 'The address of the request is too long' },
  body_too_large: { status: 413, retryable: false, title: 'The body of the request is too large' },
  media_type_unsupported: { status: 415, retryable: false, title: 'The body of the request has an unknown format' },
  too_many_requests: { status: 429, retryable: true, title: 'Too many requests' },
  headers_too_large: { status: 431, retryable: false, title: 'The headers of the request are too large' },
  not_ready: { status: 503, retryable: true, title: 'The service is not ready' },
  answer_timeout: { status: 503, retryable: true, title: 'The answer took too long' },
  internal: { status: 500, retryable: false, title: 'The server failed' },
  // database
  database_unavailable: { status: 503, retryable: true, title: 'The database cannot be reached' },
  database_conflict: { status: 503, retryable: true, title: 'The database could not serialize the work' },
  migration_invalid: { status: 500, retryable: false, title: 'The migrations do not fit the database' },
  embedded_postgres_failed: { status: 500, retryable: false, title: 'The embedded PostgreSQL does not run' },
  devnet_failed: { status: 500, retryable: false, title: 'The development network does not run' },
  // chain
  range_too_large: { status: 502, retryable: true, title: 'The endpoint refuses a range of this size' },
  rate_limited: { status: 502, retryable: true, title: 'The endpoint asks to slow down' },
  block_unknown: { status: 502, retryable: true, title: 'The endpoint does not know the block (yet)' },
  rpc_transient: { status: 502, retryable: true, title: 'The endpoint failed for the moment' },
  rpc_invalid: { status: 502, retryable: true, title: 'The endpoint gave an answer that cannot be right' },
  rpc_fatal: { status: 502, retryable: false, title: 'The endpoint cannot serve this' },
  wrong_chain: { status: 500, retryable: false, title: 'The endpoint serves another chain' },
  event_undecodable: { status: 500, retryable: false, title: 'The event cannot be decoded' },
  event_conflict: { status: 500, retryable: false, title: 'The same event came twice with different content' },
  // ingestion
  lease_lost: { status: 500, retryable: true, title: 'Another writer has taken over the network' },
  lease_held: { status: 500, retryable: true, title: 'Another writer holds the network' },
  fork_below_finality: { status: 500, retryable: false, title: 'The chain forked below its finalized block' },
  scope_changed: { status: 500, retryable: false, title: 'The set of contracts differs from what was indexed' },
  // work
  message_fatal: { status: 500, retryable: false, title: 'Processes ended while they handled the message' },
  message_too_large: { status: 500, retryable: false, title: 'The message is too large for the bus' },
  message_invalid: { status: 500, retryable: false, title: 'The message does not fit its topic' },
  task_timeout: { status: 500, retryable: true, title: 'The task did not finish in time' },
} as const satisfies Record<string, ErrorSpec>

export type ErrorCode = keyof typeof errorRegistry

export interface FtErrorOptions {
  readonly cause?: unknown
  /** Machine-readable facts: never secrets, they reach logs and (for 4xx) the caller. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** The one error class: a registered code, a message for the reader, facts in `details`. */
export class FtError extends Error {
  override readonly name = 'FtError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: FtErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }

  get spec(): ErrorSpec {
    return errorRegistry[this.code]
  }
}

/** Whether `error` is an FtError with this code (any code when none is given). */
export function isFtError(error: unknown, code?: ErrorCode): error is FtError {
  return error instanceof FtError && (code === undefined || error.code === code)
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
