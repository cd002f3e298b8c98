import type { FastifyError } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { type FieldError, type Problem, problemOf } from './problem.js'

const locations: Readonly<Record<string, FieldError['in']>> = { params: 'path', body: 'body', headers: 'header' }

/** The 400 of a request that does not fit its route's schemas, naming every field; undefined for any other error. */
export function problemOfValidation(error: FastifyError): Problem | undefined {
  const location = locations[error.validationContext ?? ''] ?? 'query'
  if (!hasZodFastifySchemaValidationErrors(error)) return undefined
  const errors = error.validation.flatMap(({ instancePath, message, params }): FieldError[] => {
    const unknown = params['keys']
    if (Array.isArray(unknown)) {
      return unknown.map((key) => ({ field: String(key), in: location, detail: 'is not a parameter of this route' }))
    }
    return [{ field: fieldAt(instancePath), in: location, detail: message ?? 'is not valid' }]
  })
  return problemOf('request_invalid', errors.map(({ field, detail }) => `${field} ${detail}`).join('; '), errors)
}

/** `/assets/1/token_id` as `assets[1].token_id`; the body as a whole has no path. */
function fieldAt(instancePath: string): string {
  const path = instancePath.slice(1).replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
  return path.replaceAll('/', '.') || 'body'
}
