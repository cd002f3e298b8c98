import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/**
 * Lets `close()` wait for the requests in flight, at most `deadlineMs`: `forceCloseConnections` alone would cut them off.
 */
export function drainOnClose(app: FastifyInstance, deadlineMs: number): void {
  const open = new Set<string>()
  let whenEmpty: (() => void) | undefined
  const ended = (id: string) => {
    open.delete(id)
    if (open.size === 0) whenEmpty?.()
  }
  app.addHook('onRequest', async (request) => {
    open.add(request.id)
  })
  app.addHook('onResponse', async (request) => ended(request.id))
  app.addHook('onRequestAbort', async (request) => ended(request.id))
  app.addHook('preClose', async () => {
    if (open.size === 0) return
    const stop = new AbortController()
    const empty = new Promise<void>((resolve) => {
      whenEmpty = resolve
    })
    await Promise.race([empty, delay(deadlineMs, undefined, { signal: stop.signal }).catch(() => undefined)])
    stop.abort()
  })
}
