import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

/*
 * What the page may load: nothing that this server does not send, so it works without the internet and tells nobody that it was read.
 * Swagger UI sets styles of single elements, and its icons are data URLs.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Serves the document that `describeApi` makes as a page to read and to try requests on, at `/docs`. */
export async function serveDocs(app: FastifyInstance): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: 'ft.supply API' },
    uiConfig: { layout: 'BaseLayout', deepLinking: true, tryItOutEnabled: true, displayRequestDuration: true },
  })
}
