import { type Client, createClient } from '../../clients/typescript/src/index.js'
import { createSystem } from '../../src/cli/compose/system.js'
import { createContext } from '../../src/cli/context.js'
import { createMetrics, type Metrics } from '../../src/observability/metrics.js'

export interface RunningSystem {
  /** Where the API listens. */
  readonly url: string
  /** The client that users have. */
  readonly client: Client
  /** The JSON body of an answer with status 200. @throws Error with status and body otherwise */
  get(path: string): Promise<unknown>
  readonly metrics: Metrics
  stop(): Promise<void>
}

/**
 * The whole system in this process, as `ft up` composes it, on a given database and with given variables; or those of its tasks that
 * `only` names.
 */
export async function startSystem(
  env: Readonly<Record<string, string>>,
  only?: readonly string[],
): Promise<RunningSystem> {
  const output = { write: () => true }
  const context = createContext({
    env: { FT_API_PORT: '0', FT_LOG_LEVEL: 'silent', ...env },
    stdout: output,
    stderr: output,
  })
  const config = context.config()
  const log = context.logger()
  const metrics = createMetrics()
  metrics.addProcessMetrics()
  let url = ''
  const runner = createSystem({
    config,
    networks: config.networks,
    log,
    metrics,
    stdout: output,
    ...(only === undefined ? {} : { only }),
    onListening: (listening) => {
      url = listening.url
    },
  })
  await runner.start()
  return {
    url,
    client: createClient({ url }),
    metrics,
    get: async (path) => {
      const answer = await fetch(`${url}${path}`)
      const body: unknown = await answer.json()
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(body)}`)
      return body
    },
    stop: () => runner.stop(),
  }
}
