import { z } from 'zod'

/*
 * TypeScript out of the OpenAPI document: an interface per schema, and per operation its path, its input (path, query and body in one
 * object: their names never meet) and its answer. Written here because the generators that are well kept work on the compiler's
 * JavaScript API, which TypeScript 7 does not have; it knows what our document uses and refuses anything else.
 */

const parameter = z.looseObject({
  name: z.string(),
  in: z.enum(['path', 'query']),
  required: z.boolean().default(false),
  description: z.string().optional(),
  schema: z.looseObject({}),
})
const content = z.record(z.string(), z.looseObject({ schema: z.unknown() }))
const operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  parameters: z.array(parameter).default([]),
  requestBody: z.looseObject({ content }).optional(),
  responses: z.record(z.string(), z.looseObject({ content })),
})
const openapi = z.looseObject({
  paths: z.record(z.string(), z.record(z.enum(['get', 'post']), operation.optional())),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
})
const typeName = z.enum(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'])
const jsonSchema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([typeName, z.array(typeName)]).optional(),
  description: z.string().optional(),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  const: z.union([z.string(), z.number()]).optional(),
  anyOf: z.array(z.unknown()).optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).default([]),
})
type Described = Pick<z.output<typeof operation>, 'parameters' | 'requestBody' | 'responses'>

/**
 * The text of a module with the types of a document.
 * @throws Error where the document says something that this does not know
 */
export function typesOf(document: unknown): string {
  const { paths, components } = openapi.parse(document)
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, found]) => (found === undefined ? [] : [{ path, method, ...found }])),
  )
  return [
    '// biome-ignore-all format: generated\n',
    '// biome-ignore-all lint: generated\n',
    '/* Generated from docs/openapi.json by generate.ts. A test compares. */\n',
    ...Object.entries(components.schemas).map(
      ([name, schema]) => `\n${comment(schema, '')}export type ${name} = ${typeOf(schema, '')}\n`,
    ),
    '\n/** What every operation takes and gives. */\nexport interface Operations {\n',
    ...operations.map(
      ({ summary, ...described }) => `  /** ${summary} */\n  ${described.operationId}: {\n${shapeOf(described)}  }\n`,
    ),
    '}\n\n/** Where every operation is. */\nexport const operations = {\n',
    ...operations.map(
      ({ operationId, method, path }) => `  ${operationId}: { method: '${method.toUpperCase()}', path: '${path}' },\n`,
    ),
    '} as const\n',
  ].join('')
}

function shapeOf({ parameters, requestBody, responses }: Described): string {
  const body = jsonSchema.parse(requestBody?.content['application/json']?.schema ?? { type: 'object', properties: {} })
  const fields = [
    ...parameters.map(({ name, required, description, schema }) => ({
      ...{ name, required, schema: { description, ...schema } },
    })),
    ...Object.entries(body.properties ?? {}).map(([name, schema]) => ({
      ...{ name, required: body.required.includes(name), schema },
    })),
  ]
  if (new Set(fields.map(({ name }) => name)).size !== fields.length) throw new Error('two inputs have the same name')
  const input = fields.map((field) => fieldOf(field.name, field.schema, field.required, '      ')).join('')
  const answer = responses['200']?.content['application/json']?.schema
  return `    input: {${input === '' ? '' : `\n${input}    `}}\n    answer: ${answer === undefined ? 'string' : typeOf(answer, '    ')}\n`
}

function typeOf(schema: unknown, indent: string): string {
  const { $ref, type, enum: values, const: value, anyOf, items, properties, required } = jsonSchema.parse(schema)
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf('/') + 1)
  if (anyOf !== undefined) return anyOf.map((part) => typeOf(part, indent)).join(' | ')
  if (values !== undefined) return values.map((one) => JSON.stringify(one)).join(' | ')
  if (value !== undefined) return JSON.stringify(value)
  if (type === 'array') return `readonly (${typeOf(items, indent)})[]`
  if (type === 'object') {
    const fields = Object.entries(properties ?? {})
    const inner = fields.map(([name, field]) => fieldOf(name, field, required.includes(name), `${indent}  `)).join('')
    return `{\n${inner}${indent}}`
  }
  if (type === undefined) throw new Error(`a schema without a type: ${JSON.stringify(schema)}`)
  return [type]
    .flat()
    .map((name) => (name === 'integer' ? 'number' : name))
    .join(' | ')
}

function fieldOf(name: string, schema: unknown, required: boolean, indent: string): string {
  return `${comment(schema, indent)}${indent}readonly ${name}${required ? '' : '?'}: ${typeOf(schema, indent)}${required ? '' : ' | undefined'}\n`
}

function comment(schema: unknown, indent: string): string {
  const { description } = jsonSchema.parse(schema)
  return description === undefined ? '' : `${indent}/** ${description} */\n`
}
