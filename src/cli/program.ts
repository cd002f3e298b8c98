import { Command } from 'commander'
import type { CliContext } from './context.js'
import { reportError } from './exit.js'

/** Adds a command to the program. */
type Register = (program: Command, context: CliContext) => void

/** By name, in the order of --help. Each is loaded when it is needed: most of the program is the system's, and takes a second to load. */
const commands: ReadonlyMap<string, () => Promise<Register>> = new Map([
  ['up', async () => (await import('./commands/up.js')).upCommand],
  ['worker', async () => (await import('./commands/worker.js')).workerCommand],
  ['status', async () => (await import('./commands/status.js')).statusCommand],
  ['doctor', async () => (await import('./commands/doctor.js')).doctorCommand],
  ['backfill', async () => (await import('./commands/backfill.js')).backfillCommand],
  ['config', async () => (await import('./commands/config.js')).configCommand],
  ['keys', async () => (await import('./commands/keys.js')).keysCommand],
  ['migrate', async () => (await import('./commands/migrate.js')).migrateCommand],
  ['outbox', async () => (await import('./commands/outbox.js')).outboxCommand],
  ['dlq', async () => (await import('./commands/dlq.js')).dlqCommand],
  ['rebuild-projections', async () => (await import('./commands/rebuildProjections.js')).rebuildProjectionsCommand],
  ['reconcile', async () => (await import('./commands/reconcile.js')).reconcileCommand],
  ['audit', async () => (await import('./commands/audit.js')).auditCommand],
  ['refresh-metadata', async () => (await import('./commands/refreshMetadata.js')).refreshMetadataCommand],
  ['record', async () => (await import('./commands/record.js')).recordCommand],
  ['rewind', async () => (await import('./commands/rewind.js')).rewindCommand],
])

const EXAMPLES = `
Examples:
  $ ft config                                     what is in force, secrets masked
  $ POLYGON_RPC_URL=https://… ft config           the same with an endpoint for Polygon
  $ DATABASE_URL=postgres://… ft migrate          bring a server's schema up to date

Exit codes: 0 done, 1 failed, 2 bad usage or configuration.`

/** Runs one command line (without node and script) to its end and gives the exit code. Never throws. */
export async function run(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    await createProgram(await chosen(argv), context).parseAsync(argv, { from: 'user' })
    return context.exitCode
  } catch (error) {
    return reportError(error, context)
  }
}

/** The command that is meant, or all of them where none is: for --help and for what is misspelt. */
async function chosen([name = '']: readonly string[]): Promise<Register[]> {
  const named = commands.get(name)
  return await Promise.all((named === undefined ? [...commands.values()] : [named]).map((load) => load()))
}

function createProgram(registers: readonly Register[], context: CliContext): Command {
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
  for (const register of registers) register(program, context)
  return program
}
