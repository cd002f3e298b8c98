import type { Command } from 'commander'
import type { Config } from '../../core/config.js'
import type { Logger } from '../../observability/logger.js'
import { createMetrics } from '../../observability/metrics.js'
import { serve } from '../../worker/serve.js'
import { type Chain, openChain } from '../compose/chains.js'
import { openDatabase } from '../compose/database.js'
import { startDevelopment } from '../compose/development.js'
import { createSystem } from '../compose/system.js'
import type { CliContext } from '../context.js'

/** `ft up`: everything in one process. */
export function upCommand(program: Command, context: CliContext): void {
  program
    .command('up')
    .description('run everything in one process: database, chains, pipeline, API')
    .addHelpText(
      'after',
      '\nExamples:\n  $ ft up                                  a development chain, data in .ft/\n  $ POLYGON_RPC_URL=https://… ft up        Polygon\n\nCtrl-C stops cleanly, a second one at once. The next start goes on from the cursor.',
    )
    .action(async () => {
      process.exitCode = await up(context, context.config(), context.logger())
    })
}

async function up(context: CliContext, config: Config, log: Logger): Promise<number> {
  for (const warning of config.warnings) log.warn({}, warning)
  const development = await startDevelopment(config, log)
  try {
    const database = await openDatabase(config, log, { name: development.databaseName })
    try {
      const metrics = createMetrics()
      const chains: Chain[] = []
      for (const network of development.networks) chains.push(await openChain(database.owner, network, metrics))
      const runner = createSystem({
        config,
        database,
        chains,
        log,
        metrics,
        stdout: context.stdout,
        onListening: ({ name, url }) => log.info({ url }, `${name} listens on ${url}`),
      })
      return await serve(runner, process, log)
    } finally {
      await database.close()
    }
  } finally {
    await development.stop()
  }
}
