import { type Command, InvalidArgumentError } from 'commander'
import type { Network } from '../../core/networks.js'
import { type RebuildOptions, rebuildProjections } from '../../pipeline/rebuild/rebuild.js'
import type { Differences, Example } from '../../pipeline/rebuild/shadow.js'
import { openDatabase } from '../compose/database.js'
import { databaseInUse } from '../compose/development.js'
import type { CliContext } from '../context.js'
import { exitCode } from '../exit.js'
import { interruptible } from '../interrupt.js'
import { progress } from '../progress.js'
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
      '\nExamples:\n  $ ft rebuild-projections --dry-run\n  $ ft rebuild-projections\n\nRuns beside ft up, and readers notice nothing: everything is built in a schema of its own, and the rows that differ are\nreplaced in transactions of a moment. What is ahead of or behind the read models is not told as a difference, unless it stays\nso longer than --settle.\n\nProgress counts rows: each once when it is built and once when it is compared, of as many as the statistics of the database\nsay. Ctrl-C stops a comparison at once, which leaves nothing behind, and a swap after the transaction under way. The next run\ncompares anew; what was swapped is right by then and is not swapped again.\nExit code: 0 when all was equal, 1 when something differed (swapped or not), or when it was stopped.',
    )
    .action(async (options: Options) => {
      const differences = await run(context, options)
      if (differences !== null) context.stdout.write(report(differences, options.dryRun !== true))
      if (differences === null || differences.length > 0) context.end(exitCode.failure)
    })
}

function seconds(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number of seconds')
  return value
}

/** Null when it was stopped. */
async function run(context: CliContext, { dryRun, settle }: Options): Promise<readonly Differences[] | null> {
  const config = context.config()
  const log = context.logger()
  const database = await openDatabase(config, log, { share: true, name: databaseInUse(config) })
  try {
    const networks = await database.owner.query<Network>('SELECT network_id AS id, name, chain FROM ref.networks')
    const options = { db: database.owner, networks, swap: dryRun !== true, settleMs: settle * 1000 }
    return await interruptible((signal) => rebuildShown(context, { ...options, signal }))
  } finally {
    await database.close()
  }
}

async function rebuildShown(
  { stdout, logger }: CliContext,
  options: RebuildOptions & { readonly signal: AbortSignal },
): Promise<readonly Differences[] | null> {
  const log = logger()
  const comparison = progress({ label: 'rows built and compared', log, stream: stdout })
  const swap = progress({ label: 'assets, collections, sales and listings swapped', log, stream: stdout })
  let swapped: { done: number; of: number } | null = null
  const end = (): void => {
    if (swapped === null) comparison.done()
    swap.done()
  }
  comparison.update(0)
  try {
    const differences = await rebuildProjections({
      ...options,
      onCompared: ({ done, of, table: name }) => comparison.update(done, name, of),
      onSwapped: (done, of) => {
        if (swapped === null) comparison.done()
        swapped = { done, of }
        swap.update(done, undefined, of)
      },
    })
    end()
    return differences
  } catch (error) {
    end()
    if (!options.signal.aborted) throw error
    stdout.write(stoppedText(swapped))
    return null
  }
}

function stoppedText(swapped: { readonly done: number; readonly of: number } | null): string {
  if (swapped === null) return 'stopped: nothing was swapped\n'
  const { done, of } = swapped
  return `stopped: ${done} of ${of} assets, collections, sales and listings that differed were swapped; the next run swaps the others\n`
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
