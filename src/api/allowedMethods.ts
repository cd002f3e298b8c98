import type { FastifyInstance, HTTPMethods } from 'fastify'
import { FtError } from '../core/errors.js'

const methods: readonly HTTPMethods[] = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']

/**
 * Answers 405 with Allow where a path exists but not for the method. Call it before the routes are added: it watches them, and
 * the function it gives adds the refusals once they are there.
 */
export function refuseOtherMethods(app: FastifyInstance): (instance: FastifyInstance) => Promise<void> {
  const allowed = new Map<string, Set<string>>()
  let watching = true
  app.addHook('onRoute', ({ url, method }) => {
    // A route for any path is a plugin's (CORS preflight), not a resource.
    if (!watching || url === '*') return
    const known = allowed.get(url) ?? new Set()
    for (const name of [method].flat()) known.add(name.toUpperCase())
    allowed.set(url, known)
  })
  return async (instance) => {
    watching = false
    for (const [url, known] of allowed) refuse(instance, url, known)
  }
}

function refuse(app: FastifyInstance, url: string, allowed: ReadonlySet<string>): void {
  const allow = [...allowed].sort().join(', ')
  app.route({
    url,
    method: methods.filter((method) => !allowed.has(String(method))),
    schema: { hide: true },
    // Before the body is parsed: a POST of some media type is refused for its method, not for its type.
    onRequest: async (request, reply) => {
      reply.header('allow', allow)
      throw new FtError('method_not_allowed', `${request.method} is not possible here; allowed: ${allow}`)
    },
    handler: async () => undefined,
  })
}
