import { Pool } from 'undici'
import { z } from 'zod'
import { serveParent } from './child.js'
import { type Figures, measure, run } from './figures.js'

/*
 * The process that sends the load: as many connections as wanted, each with one request under way. Answers are read whole and must be
 * a 200, else the run fails; they are not parsed, which would cost more than it costs to serve them.
 */

const message = run.extend({
  origin: z.string(),
  headers: z.record(z.string(), z.string()),
  requests: z.array(z.object({ path: z.string(), body: z.string().optional() })),
})

serveParent(
  async (sent): Promise<Figures> => {
    const { origin, headers, requests, ...plan } = message.parse(sent)
    const pool = new Pool(origin, { connections: plan.connections, pipelining: 1 })
    try {
      return await measure(plan, async (n) => {
        const { path, body } = requests[n % requests.length] ?? { path: '/', body: undefined }
        await send(pool, path, headers, body)
      })
    } finally {
      await pool.close()
    }
  },
  async () => undefined,
)

/** The bare interface of undici: streams and promises per body would cost more than the server spends on an answer. */
function send(pool: Pool, path: string, headers: Record<string, string>, body: string | undefined): Promise<void> {
  const options =
    body === undefined
      ? ({ method: 'GET', path, headers } as const)
      : ({ method: 'POST', path, headers: { ...headers, 'content-type': 'application/json' }, body } as const)
  return new Promise((resolve, reject) => {
    let status = 0
    pool.dispatch(options, {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, statusCode) => {
        status = statusCode
      },
      onResponseData: () => undefined,
      onResponseEnd: () => {
        if (status === 200) resolve()
        else reject(new Error(`${options.method} ${path}: ${status}`))
      },
      onResponseError: (_controller, error) => reject(error),
    })
  })
}
