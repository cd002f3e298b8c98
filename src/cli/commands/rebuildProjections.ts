import { type Command, InvalidArgumentError } from 'commander'
import type { Network } from '../../core/networks.js'
import { rebuildProjections } from '../../pipeline/rebuild/rebuild.js'
import type { Differences, Example } from '../../pipeline/rebuild/shadow.js'
import { openDatabase } from '../compose/database.js'
import { databaseInUse } from '../compose/development.js'
import type { CliContext } from '../context.js'
import { exitCode } from '../exit.js'
import { table } from '../table.js'

interface Options {
  readonly dryRun?: true
  readonly settle: number
}

/** `ft rebuild-projections`: builds the read models anew, compares, swaps what differs. Exit code 1 when something did. */
export function rebuildProjectionsCommand(program: Command, context: CliContext): void {
  program
    .command('rebuild-projections')
    .description('build the read models anew from ledger and state, compare, and swap the rows that differ')
    .option('--dry-run', 'only compare, and print what differs')
    .option('--settle <seconds>', 'how long a difference may be one of messages on their way', seconds, 10)
    .addHelpText(
      'after',
      '\nExamples:\n  $ ft rebuild-projections --dry-run\n  $ ft rebuild-projections\n\nRuns beside ft up, and readers notice nothing: everything is built in a schema of its own, and the rows that differ are\nreplaced in transactions of a moment. What is ahead of or behind the read models is not told as a difference, unless it stays\nso longer than --settle.\nExit code: 0 when all was equal, 1 when something differed (swapped or not).',
    )
    .action(async (options: Options) => {
      const differences = await run(context, options)
      context.stdout.write(report(differences, options.dryRun !== true))
      if (differences.length > 0) context.end(exitCode.failure)
    })
}

function seconds(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number of seconds')
  return value
}

async function run(context: CliContext, { dryRun, settle }: Options): Promise<readonly Differences[]> {
  const config = context.config()
  const log = context.logger()
  const database = await openDatabase(config, log, { share: true, name: databaseInUse(config) })
  try {
    const networks = await database.owner.query<Network>('SELECT network_id AS id, name, chain FROM ref.networks')
    return await rebuildProjections({
      ...{ db: database.owner, networks, swap: dryRun !== true, settleMs: settle * 1000 },
      onProgress: (step, units) => log.info({ units }, step),
    })
  } finally {
    await database.close()
  }
}

function report(differences: readonly Differences[], swapped: boolean): string {
  if (differences.length === 0) return 'every read model is what ledger and state say\n'
  const rows = differences.map(({ table: name, count }) => [name, count.missing, count.extra, count.different])
  const examples = differences.flatMap((one) => one.examples.map((example) => `${one.table} ${exampleText(example)}\n`))
  const sum = differences.reduce((all, { count }) => all + count.missing + count.extra + count.different, 0)
  const done = swapped ? 'swapped' : 'not swapped: run it without --dry-run'
  return `${table(rows, ['table', 'missing', 'extra', 'different'])}${examples.join('')}${sum} rows differed, ${done}\n`
}

/** A row by its key, and of each column that differs what is there and what should be. */
function exampleText({ kind, row, columns }: Example): string {
  const [first = '', second = ''] = Object.entries(row).map(([column, value]) => `${column}=${String(value)}`)
  const changes = Object.entries(columns).map(
    ([column, [live, rebuilt]]) => `${column}: ${text(live)} → ${text(rebuilt)}`,
  )
  return [`${kind}:`, first, second, ...changes].join(' ')
}

function text(value: unknown): string {
  return value === null ? 'null' : String(value)
}
