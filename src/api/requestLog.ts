import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiLogger, ObservedRequest } from './options.js'

/** One log line and one observation per answered request, when its last byte is out. */
export function reportRequests(
  app: FastifyInstance,
  log: ApiLogger,
  observe?: (request: ObservedRequest) => void,
): void {
  app.addHook('onResponse', async (request, reply) => {
    const { route, method, status, seconds } = observed(request, reply)
    observe?.({ route, method, status, seconds })
    log.info(
      {
        method,
        url: request.url.slice(0, 500),
        route,
        status,
        duration_ms: Math.round(seconds * 1e5) / 100,
        request_id: request.id,
        remote: request.ip,
        ...(request.apiKey ? { key: request.apiKey.prefix } : {}),
      },
      `${method} ${route} ${status}`,
    )
  })
}

function observed(request: FastifyRequest, reply: FastifyReply): ObservedRequest {
  return {
    route: request.routeOptions.url ?? 'unmatched',
    method: request.method,
    status: reply.statusCode,
    seconds: reply.elapsedTime / 1000,
  }
}
