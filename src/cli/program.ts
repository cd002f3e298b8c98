import { Command } from 'commander'
import { auditCommand } from './commands/audit.js'
import { backfillCommand } from './commands/backfill.js'
import { configCommand } from './commands/config.js'
import { dlqCommand } from './commands/dlq.js'
import { doctorCommand } from './commands/doctor.js'
import { keysCommand } from './commands/keys.js'
import { migrateCommand } from './commands/migrate.js'
import { outboxCommand } from './commands/outbox.js'
import { rebuildProjectionsCommand } from './commands/rebuildProjections.js'
import { reconcileCommand } from './commands/reconcile.js'
import { recordCommand } from './commands/record.js'
import { refreshMetadataCommand } from './commands/refreshMetadata.js'
import { rewindCommand } from './commands/rewind.js'
import { statusCommand } from './commands/status.js'
import { upCommand } from './commands/up.js'
import { workerCommand } from './commands/worker.js'
import type { CliContext } from './context.js'
import { reportError } from './exit.js'

const commands: readonly ((program: Command, context: CliContext) => void)[] = [
  upCommand,
  workerCommand,
  statusCommand,
  doctorCommand,
  backfillCommand,
  configCommand,
  keysCommand,
  migrateCommand,
  outboxCommand,
  dlqCommand,
  rebuildProjectionsCommand,
  reconcileCommand,
  auditCommand,
  refreshMetadataCommand,
  recordCommand,
  rewindCommand,
]

const EXAMPLES = `
Examples:
  $ ft config                                     what is in force, secrets masked
  $ POLYGON_RPC_URL=https://… ft config           the same with an endpoint for Polygon
  $ DATABASE_URL=postgres://… ft migrate          bring a server's schema up to date

Exit codes: 0 done, 1 failed, 2 bad usage or configuration.`

/** Runs one command line (without node and script) to its end and gives the exit code. Never throws. */
export async function run(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    await createProgram(context).parseAsync(argv, { from: 'user' })
    return context.exitCode
  } catch (error) {
    return reportError(error, context)
  }
}

function createProgram(context: CliContext): Command {
  const program = new Command('ft')
    .description('Self-hosted NFT data backend. All settings: docs/configuration.md, or `ft config --reference`.')
    .version(context.version)
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(ft --help shows the commands)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
  for (const command of commands) command(program, context)
  return program
}
