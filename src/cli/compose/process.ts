import { createMetrics } from '../../observability/metrics.js'
import { serveProbes } from '../../observability/probes.js'
import { serve } from '../../worker/serve.js'
import type { CliContext } from '../context.js'
import { createSystem, type SystemParts } from './system.js'

export type ProcessParts = Pick<SystemParts, 'networks' | 'databaseName' | 'only'>

/**
 * Runs tasks as this process until a signal ends it, beside the server that says how it is doing. Gives the exit code.
 * @throws what the start threw
 */
export async function runProcess(context: CliContext, parts: ProcessParts): Promise<number> {
  const config = context.config()
  const log = context.logger(context.stdout)
  for (const warning of config.warnings) log.warn({}, warning)
  const metrics = createMetrics()
  metrics.addProcessMetrics()
  const runner = createSystem({
    ...parts,
    config,
    log,
    metrics,
    stdout: context.stdout,
    onListening: ({ name, url }) => log.info({ url }, `${name} listens on ${url}`),
  })
  // Answers from the first to the last moment: a process that starts or stops is alive and not ready.
  const probes = await serveProbes({ ...config.metrics, health: () => runner.health(), metrics })
  log.info({ url: probes.url }, `health and metrics are on ${probes.url}`)
  try {
    return await serve(runner, process, log)
  } finally {
    await probes.close()
  }
}
