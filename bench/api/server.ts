import { z } from 'zod'
import { createApi } from '../../src/api/app.js'
import { createPool } from '../../src/core/db.js'
import { createLogger } from '../../src/observability/logger.js'
import { createMetrics } from '../../src/observability/metrics.js'
import { serveParent } from './child.js'
import { measure, run } from './figures.js'
import { recording, recordStatements, replay, type Statement } from './statements.js'

/*
 * The process that is measured: the API as `ft up` runs it (its role, pool, key, limits, log lines, metrics), and two floors under it. The
 * first is the same application, hook for hook, whose handlers give back an answer that the API gave before. The second runs the
 * statements that the API ran, through the same pool, without HTTP.
 */

const env = z.object({ BENCH_DATABASE_URL: z.string() }).parse(process.env)
const request = z.object({ path: z.string(), body: z.string().optional() })
const message = z.discriminatedUnion('do', [
  z.object({ do: z.literal('start') }),
  z.object({ do: z.literal('cpu') }),
  z.object({
    do: z.literal('record'),
    headers: z.record(z.string(), z.string()),
    requests: z.array(request),
  }),
  run.extend({ do: z.literal('statements') }),
])

const db = recording(createPool({ url: env.BENCH_DATABASE_URL, role: 'ft_api', max: 16, statementTimeoutMs: 10_000 }))
const metrics = createMetrics()
const options = {
  ...{ db, port: 0, keysRequired: true, addressLimit: 600 },
  // Written line by line as in production, to nowhere.
  log: createLogger({ level: 'info', format: 'json', destination: { write: () => true } }),
  observe: ({ route, method, status, seconds }: { route: string; method: string; status: number; seconds: number }) =>
    metrics.apiRequestSeconds.observe({ route, method, status }, seconds),
}
const api = createApi(options)
const floor = createApi(options)
let answers: readonly unknown[] = []
let statements: readonly (readonly Statement[])[] = []
let turn = 0

floor.app.addHook('onRoute', (route) => {
  if (!route.url.startsWith('/api/v1') || route.schema?.hide === true) return
  route.handler = async () => {
    turn = (turn + 1) % answers.length
    return answers[turn]
  }
})

serveParent(
  async (sent) => {
    const asked = message.parse(sent)
    if (asked.do === 'start') return { api: await api.listen(), floor: await floor.listen() }
    if (asked.do === 'cpu') return { microseconds: cpuMicroseconds() }
    if (asked.do === 'statements') {
      return await measure(asked, async (n) => await replay(statements[n % statements.length] ?? []))
    }
    return await record(asked)
  },
  async () => {
    await api.close()
    await floor.close()
    await db.end()
  },
)

/** CPU time of this process so far. */
function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Sends every request once, and keeps what was answered and which statements that took. */
async function record({ requests, headers: sent }: z.infer<typeof message> & { do: 'record' }): Promise<object> {
  const headers = { ...sent, 'accept-encoding': 'identity' }
  const kept: unknown[] = []
  const ran: (readonly Statement[])[] = []
  let bytes = 0
  for (const { path, body } of requests) {
    const { result, statements: needed } = await recordStatements(
      async () =>
        await api.app.inject(
          body === undefined
            ? { url: path, headers }
            : { url: path, method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, payload: body },
        ),
    )
    if (result.statusCode !== 200) throw new Error(`${path}: ${result.statusCode} ${result.body.slice(0, 500)}`)
    kept.push(JSON.parse(result.body))
    ran.push(needed)
    bytes += result.body.length
  }
  answers = kept
  statements = ran
  return { bytes: Math.round(bytes / requests.length) }
}
