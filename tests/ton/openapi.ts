import { readFileSync } from 'node:fs'
import { z } from 'zod'

/*
 * TonAPI v2's own contract (shared/tonapi/openapi.json), as far as requests and answers are held against it.
 */

export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly enum?: readonly unknown[]
  readonly additionalProperties?: unknown
}

interface Parameter {
  readonly $ref?: string
  readonly in: string
  readonly name: string
  readonly required?: boolean
  readonly schema: JsonSchema & { readonly minimum?: number; readonly maximum?: number }
}

interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: unknown
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: JsonSchema }>> }>>
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly parameters: Readonly<Record<string, Parameter>>
  }
}

const file = new URL('../../../shared/tonapi/openapi.json', import.meta.url)
const openapi = z.custom<OpenApi>().parse(JSON.parse(readFileSync(file, 'utf8')))

/** A named schema of the contract. */
export function contractSchema(name: string): JsonSchema {
  const schema = openapi.components.schemas[name]
  if (schema === undefined) throw new Error(`TonAPI has no schema ${name}`)
  return schema
}

/** The schema itself where there is a reference to one. */
export function resolve(schema: JsonSchema): JsonSchema {
  return schema.$ref === undefined ? schema : resolve(contractSchema(schema.$ref.split('/').at(-1) ?? ''))
}

/** What is wrong with a value by the contract, with the path to it; unknown fields are wrong too. */
export function violations(value: unknown, schema: JsonSchema, path = ''): string[] {
  const { type, properties, required = [], items, enum: values } = resolve(schema)
  if (values !== undefined && !values.includes(value))
    return [`${path}: ${JSON.stringify(value)} is none of the values`]
  switch (type ?? 'any') {
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: not an object`]
      const missing = required.filter((name) => !(name in value)).map((name) => `${path}.${name}: missing`)
      const wrong = Object.entries(value).flatMap(([name, field]) => {
        const expected = properties?.[name]
        if (expected === undefined) return properties === undefined ? [] : [`${path}.${name}: not in the contract`]
        return violations(field, expected, `${path}.${name}`)
      })
      return [...missing, ...wrong]
    }
    case 'array':
      if (!Array.isArray(value)) return [`${path}: not a list`]
      return value.flatMap((item, index) => violations(item, items ?? {}, `${path}[${index}]`))
    case 'string':
      return typeof value === 'string' ? [] : [`${path}: not a string`]
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path}: not a boolean`]
    case 'integer':
      // A long integer comes as its digits (`parseExactJson`).
      return Number.isInteger(value) || (typeof value === 'string' && /^-?\d{16,}$/.test(value))
        ? []
        : [`${path}: not an integer`]
    default:
      return []
  }
}

/** What is wrong with a request and the answer to it, by the contract. */
export function exchangeViolations(method: string, url: URL, status: number, body: unknown): string[] {
  const entry = Object.entries(openapi.paths).find(
    ([path, operations]) => pathPattern(path).test(url.pathname) && method.toLowerCase() in operations,
  )
  const operation = entry?.[1][method.toLowerCase()]
  if (entry === undefined || operation === undefined) return [`${method} ${url.pathname}: not in the contract`]
  const place = `${method} ${entry[0]}`
  const parameters = (operation.parameters ?? []).map((parameter) =>
    parameter.$ref === undefined ? parameter : openapi.components.parameters[parameter.$ref.split('/').at(-1) ?? ''],
  )
  const query = [...url.searchParams].flatMap(([name, value]) => {
    const parameter = parameters.find((one) => one?.in === 'query' && one.name === name)
    if (parameter === undefined) return [`${place}: unknown parameter ${name}`]
    const { type, maximum, minimum, enum: values } = parameter.schema
    const number = Number(value)
    if (
      type === 'integer' &&
      (!/^-?\d+$/.test(value) || number > (maximum ?? number) || number < (minimum ?? number))
    ) {
      return [`${place}: ${name}=${value} is out of range`]
    }
    return values !== undefined && !values.includes(value) ? [`${place}: ${name}=${value} is none of the values`] : []
  })
  const answer = operation.responses[String(status)] ?? operation.responses['default']
  const schema = answer?.content?.['application/json']?.schema
  if (status !== 200)
    return [...query, ...(typeof body === 'object' && body !== null ? [] : [`${place}: no error document`])]
  return [...query, ...(schema === undefined ? [`${place}: no answer`] : violations(body, schema, place))]
}

function pathPattern(path: string): RegExp {
  const escaped = path.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/\{[^}]+\}/g, '(?!_bulk$)[^/]+')}$`)
}
