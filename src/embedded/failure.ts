import { FtError } from '../core/errors.js'

/** What to do when the embedded server cannot be had at all; ends the messages that have no better remedy. */
export const USE_A_SERVER = 'Set DATABASE_URL to use a PostgreSQL server instead.'

/** FtError embedded_postgres_failed with this message. */
export function embeddedFailure(message: string, cause?: unknown): FtError {
  return new FtError('embedded_postgres_failed', message, cause === undefined ? {} : { cause })
}

/** The system's code of a failed file or process call (`ENOENT`, `EACCES`, …), undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
