import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'

const description = `NFT ownership of several chains in one shape.

Every answer is \`{ data, network, finality_status, block_number, block_hash }\`: the block that it was computed at, and whether a
reorg can still change it. Lists add \`next_cursor\` and \`history_complete\`. Token ids, quantities and money are decimal strings,
block heights are numbers, times are ISO 8601 in UTC, addresses are canonical. What is not a success is a problem document
(RFC 9457) with a registered \`code\`.`

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
      tags: ['assets', 'collections', 'listings', 'accounts', 'networks', 'health'].map((name) => ({ name })),
    },
    transform,
    transformObject: (input) => withoutUnused(transformObject(input)),
  })
  let document: string | undefined
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    document ??= JSON.stringify(app.swagger())
    return await reply.type('application/json').send(document)
  })
}

/** Without the components that nothing refers to: each registered schema comes a second time, as if it were for input. */
function withoutUnused(document: ReturnType<typeof transformObject>): ReturnType<typeof transformObject> {
  const schemas = document.components?.schemas
  if (schemas === undefined) return document
  const text = JSON.stringify(document)
  const used = Object.entries(schemas).filter(([name]) => text.includes(`"#/components/schemas/${name}"`))
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(used) } }
}
