import { isConnectionError } from '../core/db.js'
import { isFtError } from '../core/errors.js'

/**
 * Whether an error says that something around the message is down or busy, rather than that the message cannot be handled: a
 * connection error or a retryable FtError, itself or as a cause of what was thrown. A run that took too long is not one: a
 * handler that hangs on one message must end as a dead letter.
 */
export function isOutage(error: unknown): boolean {
  if (isConnectionError(error)) return true
  if (isFtError(error) && error.spec.retryable && error.code !== 'task_timeout') return true
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isOutage)
  return error instanceof Error && error.cause !== undefined && isOutage(error.cause)
}
