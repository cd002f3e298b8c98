import { type ErrorCode, errorRegistry } from '../core/errors.js'
import { PROBLEM_TYPE, problemOf } from './problem.js'

/*
 * Examples of whole bodies in the OpenAPI document. Those of answers are put together from the examples of their fields; those of
 * problems are one per code that the status can have, so that the document names every code that a caller can meet.
 */

/** What a caller can be told, by code. Codes that are not here never leave the server, or leave it before there is a route. */
const details: Partial<Record<ErrorCode, string>> = {
  request_invalid: 'limit must be at most 200',
  address_invalid:
    'contract is wrong: "0x12" is not an address: an EVM address is 0x followed by 40 hexadecimal digits',
  cursor_invalid: 'cursor is not a cursor; use next_cursor of the page before, or leave it out',
  key_missing: 'this server wants an API key: send it as "Authorization: Bearer KEY" or "X-API-Key: KEY"',
  key_invalid: 'the API key has expired; the operator of this server makes keys with ft keys create',
  scope_missing: 'the API key ft_1a2b3c4d has no scope "export", which this route needs',
  not_found: 'no network is called "polygone"; /api/v1/networks lists them',
  body_too_large: 'the body is larger than 65536 bytes',
  uri_too_long: 'the path and query have 3000 characters, at most 2048 are read',
  media_type_unsupported: 'the body must be JSON; send content-type: application/json',
  too_many_requests: 'this key may ask 600 times a minute; try again in 3 s',
  internal: 'the server failed; the fault is on our side and is in its log',
  database_unavailable: 'the database cannot be reached at the moment; try again',
  answer_timeout: 'the answer took too long; try again, or ask for less',
}

type Json = Record<string, unknown>
type Schemas = Readonly<Record<string, unknown>>

/** Puts an example beside every schema of a body below `part`, in place. `schemas` are the document's components. */
export function addExamples(part: unknown, schemas: Schemas, status = ''): void {
  if (!isRecord(part)) return
  for (const [name, value] of Object.entries(part)) {
    if (name === 'content' && isRecord(value)) addToContent(value, schemas, status)
    else addExamples(value, schemas, /^\d{3}$/.test(name) ? name : status)
  }
}

function addToContent(content: Json, schemas: Schemas, status: string): void {
  for (const [type, media] of Object.entries(content)) {
    if (!isRecord(media)) continue
    const example = exampleOf(media['schema'], schemas)
    if (type !== PROBLEM_TYPE) media['example'] = example
    else if (isRecord(example) && 'checks' in example) {
      media['example'] = { ...example, ...problemOf('not_ready', 'network polygon: backfilling, at block 65000000') }
    } else media['examples'] = problemsOf(Number(status))
  }
}

function problemsOf(status: number): Json {
  const codes = Object.entries(details).filter(([code]) => errorRegistry[code as ErrorCode].status === status)
  return Object.fromEntries(
    codes.map(([code, detail]) => {
      const { title } = errorRegistry[code as ErrorCode]
      return [code, { summary: title, value: problemOf(code as ErrorCode, detail) }]
    }),
  )
}

/** A value of a JSON schema out of the examples of its parts; what is not required is left out. */
function exampleOf(schema: unknown, schemas: Schemas): unknown {
  if (!isRecord(schema)) return undefined
  const { $ref, examples, anyOf, items, properties, required } = schema
  if (Array.isArray(examples)) return examples[0]
  if (typeof $ref === 'string') return exampleOf(schemas[$ref.slice($ref.lastIndexOf('/') + 1)], schemas)
  if (Array.isArray(anyOf)) return exampleOf(anyOf[0], schemas)
  if (items !== undefined) return [exampleOf(items, schemas)]
  if (!isRecord(properties) || !Array.isArray(required)) return undefined
  return Object.fromEntries(required.map((name: string) => [name, exampleOf(properties[name], schemas)]))
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
