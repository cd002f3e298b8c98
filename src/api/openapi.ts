import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { addExamples } from './examples.js'

const description = `NFT ownership of several chains in one shape.

Every answer is \`{ data, network, finality_status, block_number, block_hash }\`: the block that it was computed at, and whether a
reorg can still change it. Lists add \`next_cursor\` and \`history_complete\`. Token ids, quantities and money are decimal strings,
block heights are numbers, times are ISO 8601 in UTC, addresses are canonical. What is not a success is a problem document
(RFC 9457) with a registered \`code\`.`

const tags = {
  assets: 'Assets: their cards, and who holds them',
  collections: 'Collections: their numbers, assets and owners',
  listings: 'What is for sale',
  activity: 'What happened: mints, transfers, burns, sales, listings',
  accounts: 'What accounts hold',
  changes: 'Changes as they happen',
  networks: 'How far each network is read, and what is final',
  health: 'For supervisors and load balancers',
}

// Answers may gain fields, so the document must not say that there are no others.
const zodToJsonConfig = {
  override: ({ jsonSchema }: { readonly jsonSchema: { additionalProperties?: unknown } }) => {
    if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
  },
}
const transform = createJsonSchemaTransform({ zodToJsonConfig })
const transformObject = createJsonSchemaTransformObject({ zodToJsonConfig })

/** Watches the routes that are added after it, and serves what they say as `/openapi.json`. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'ft.supply', version, description },
      servers: [{ url: '/', description: 'This server' }],
      tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
      // A key is needed where the operator wants one, so none is a way too.
      security: [{ bearer: [] }, { key: [] }, {}],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key (`ft keys create`)' },
          key: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same key in a header of its own' },
        },
      },
    },
    transform,
    transformObject: (input) => withExamples(withoutUnused(transformObject(input))),
  })
  let document: string | undefined
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    document ??= JSON.stringify(app.swagger())
    return await reply.type('application/json').send(document)
  })
}

type OpenApiDocument = ReturnType<typeof transformObject>

function withExamples(document: OpenApiDocument): OpenApiDocument {
  if ('components' in document) addExamples(document.paths, document.components?.schemas ?? {})
  return document
}

/**
 * Without the components that no path needs (each registered schema comes a second time, as if it were for input), and the others by name:
 * else their order is that in which modules happen to be loaded.
 */
function withoutUnused(document: OpenApiDocument): OpenApiDocument {
  if (!('components' in document) || document.components?.schemas === undefined) return document
  const { schemas } = document.components
  const needed = new Set<string>()
  const collect = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (needed.has(name)) continue
      needed.add(name)
      collect(schemas[name])
    }
  }
  collect(document.paths)
  const sorted = Object.entries(schemas).filter(([name]) => needed.has(name))
  document.components.schemas = Object.fromEntries(sorted.sort(([a], [b]) => (a < b ? -1 : 1)))
  return document
}
