import { type FtError, isFtError } from '../../core/errors.js'
import { explain } from '../exit.js'

/** One finding of `ft doctor`. `remedy` says what to do about one that is not ok. */
export interface Finding {
  readonly status: 'ok' | 'warn' | 'fail'
  readonly check: string
  readonly detail: string
  readonly remedy?: string
}

/** A finding that all is well. */
export function ok(check: string, detail: string): Finding {
  return { status: 'ok', check, detail }
}

/** A finding that the system runs with, but worse than it could. */
export function warn(check: string, detail: string, remedy: string): Finding {
  return { status: 'warn', check, detail, remedy }
}

/** A finding that keeps (part of) the system from running. */
export function fail(check: string, detail: string, remedy: string): Finding {
  return { status: 'fail', check, detail, remedy }
}

/** The findings of `work`, or that it failed; a check never ends the others. */
export async function attempt(
  check: string,
  remedy: (error: FtError | null) => string,
  work: () => Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return await work()
  } catch (error) {
    const own = isFtError(error) ? error : null
    const [text = ''] = explain(error).split('\n  FT_LOG_LEVEL')
    return [fail(check, text.replaceAll(/\s*\n\s*/g, ', '), remedy(own))]
  }
}
