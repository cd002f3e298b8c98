import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'

/** Lets pages of these origins (`*`: of all) read answers. Without any, browsers keep answers from every other site's pages. */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  app.register(cors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST'],
    // Else OPTIONS without the headers of a preflight would be refused, in plain text.
    strictPreflight: false,
    allowedHeaders: ['authorization', 'content-type', 'if-none-match', 'last-event-id', 'x-api-key'],
    exposedHeaders: ['etag', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'],
    maxAge: 3600,
  })
}
