import type { FastifySerializerCompiler } from 'fastify'
import { ResponseSerializationError } from 'fastify-type-provider-zod'
import type { z } from 'zod'

/**
 * Answers as text, of exactly the shape that the document promises: what a schema lacks is left out, what contradicts it is a fault of
 * ours. fastify-type-provider-zod's own encodes instead of parsing, which no schema here needs, and which Zod does not compile: a page
 * of 50 assets takes it 0.7 ms instead of 0.1.
 */
export const serializerCompiler: FastifySerializerCompiler<z.ZodType> =
  ({ schema, method, url }) =>
  (answer: unknown) => {
    const { data, error } = schema.safeParse(answer)
    if (error !== undefined) throw new ResponseSerializationError(method, url, { cause: error })
    return JSON.stringify(data)
  }
