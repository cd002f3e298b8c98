import { z } from 'zod'
import { isConnectionError } from '../core/db.js'
import { type ErrorCode, errorRegistry, FtError } from '../core/errors.js'

export const PROBLEM_TYPE = 'application/problem+json'

const fieldError = z.object({
  field: z.string().meta({ examples: ['token_id'] }),
  in: z.enum(['path', 'query', 'body', 'header']).meta({ examples: ['path'] }),
  detail: z.string().meta({ examples: ['must be a decimal integer'] }),
})
export type FieldError = z.infer<typeof fieldError>

/** A problem document, RFC 9457: the only shape of an answer that is not a success. */
export const problem = z
  .object({
    type: z.string().meta({ description: 'Names the kind of problem', examples: ['urn:ft-supply:error:not_found'] }),
    title: z.string().meta({ examples: ['Nothing is known under this name'] }),
    status: z.int().meta({ examples: [404] }),
    detail: z.string().meta({ examples: ['no network is called "polygone"'] }),
    code: z.enum(Object.keys(errorRegistry)).meta({ description: 'The registered code', examples: ['not_found'] }),
    errors: z.array(fieldError).optional().meta({ description: 'The fields that are wrong, when fields are' }),
  })
  .meta({ id: 'Problem', description: 'Why there is no answer (RFC 9457)' })
export type Problem = z.infer<typeof problem>

/** The problem document of a registered error. Only what the caller may read: no stack, no SQL, no internal message. */
export function problemOf(code: ErrorCode, detail: string, errors: readonly FieldError[] = []): Problem {
  const { status, title } = errorRegistry[code]
  const fields = errors.length === 0 ? {} : { errors: [...errors] }
  return { type: `urn:ft-supply:error:${code}`, title, status, detail, code, ...fields }
}

/** A 400 (or another input error) that names one field. */
export function fieldProblem(code: ErrorCode, error: FieldError): FtError {
  return new FtError(code, `${error.field} ${error.detail}`, { details: { errors: [error] } })
}

/** What the caller may read about anything that was thrown by a handler or by what it calls. */
export function problemOfError(error: unknown): Problem {
  for (const cause of causesOf(error)) {
    if (cause instanceof FtError) return problemOfFtError(cause)
    if (isConnectionError(cause)) return databaseUnavailable()
    if (hasCode(cause, '57014') || hasCode(cause, 'FST_ERR_HANDLER_TIMEOUT')) {
      return problemOf('answer_timeout', 'the answer took too long; try again, or ask for less')
    }
  }
  return problemOf('internal', 'the server failed; the fault is on our side and is in its log')
}

/** Messages of faults of ours are for the log: they may name what is inside. */
function problemOfFtError(error: FtError): Problem {
  if (error.code === 'database_unavailable') return databaseUnavailable()
  if (error.spec.status >= 500)
    return problemOf(error.code, `the fault is on our side${error.spec.retryable ? '; try again' : ''}`)
  const { data } = z.array(fieldError).safeParse(error.details['errors'])
  return problemOf(error.code, error.message, data)
}

function databaseUnavailable(): Problem {
  return problemOf('database_unavailable', 'the database cannot be reached at the moment; try again')
}

function* causesOf(error: unknown): Generator<unknown> {
  for (let cause = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) yield cause
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
