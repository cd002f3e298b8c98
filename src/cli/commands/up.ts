import type { Command } from 'commander'
import { startDevelopment } from '../compose/development.js'
import { runProcess } from '../compose/process.js'
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
      context.end(await up(context))
    })
}

async function up(context: CliContext): Promise<number> {
  const development = await startDevelopment(context.config(), context.logger(context.stdout))
  try {
    return await runProcess(context, development)
  } finally {
    await development.stop()
  }
}
