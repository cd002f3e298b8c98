import type { FastifyInstance } from 'fastify'
import { Wakeup } from '../core/wakeup.js'

/**
 * Lets `close()` wait for the requests in flight, at most `deadlineMs`: `forceCloseConnections` alone would cut them off.
 */
export function drainOnClose(app: FastifyInstance, deadlineMs: number): void {
  const open = new Set<string>()
  const change = new Wakeup()
  const ended = (id: string) => {
    open.delete(id)
    change.wake()
  }
  app.addHook('onRequest', async (request) => {
    open.add(request.id)
  })
  app.addHook('onResponse', async (request) => ended(request.id))
  app.addHook('onRequestAbort', async (request) => ended(request.id))
  app.addHook('preClose', async () => {
    const deadline = AbortSignal.timeout(deadlineMs)
    while (open.size > 0 && !deadline.aborted) await change.sleep(deadlineMs, deadline)
  })
}
