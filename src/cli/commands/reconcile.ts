import { type Command, InvalidArgumentError } from 'commander'
import { parseAddress } from '../../core/address.js'
import type { Db } from '../../core/db.js'
import { findNetwork, type Network } from '../../core/networks.js'
import type { ChainAdapter } from '../../ingest/adapter.js'
import { type Explained, explainMismatches, setDerivable } from '../../pipeline/derivable.js'
import { type Reconciliation, reconcile } from '../../pipeline/reconcile.js'
import { createAdapter } from '../compose/chains.js'
import { openDatabase } from '../compose/database.js'
import { reachableNetwork } from '../compose/development.js'
import { secondLook } from '../compose/secondLook.js'
import type { CliContext } from '../context.js'
import { exitCode } from '../exit.js'
import { interruptible } from '../interrupt.js'
import { progress } from '../progress.js'
import { isExplained, reconcileText } from '../reconcileText.js'

interface Options {
  readonly network: string
  readonly sample: number
  readonly mark: boolean
  readonly unmark?: string
}

/**
 * `ft reconcile`: compares random holdings with what their contracts say at one block, and finds out why one differs. Exit code 1 when one differs
 * that events would tell, or nobody knows why.
 */
export function reconcileCommand(program: Command, context: CliContext): void {
  program
    .command('reconcile')
    .description('compare random holdings of a network with what their contracts say at one final block')
    .requiredOption('--network <name>', 'which network')
    .option('--sample <count>', 'how many holdings', positive, 100)
    .option('--no-mark', 'only compare: read no history and mark nothing')
    .option('--unmark <contract>', 'take the mark from this contract, and compare nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  $ ft reconcile --network polygon\n  $ ft reconcile --network polygon --sample 1000\n  $ ft reconcile --network polygon --unmark 0x…\n\nWhere a holding differs, all that the contract emitted is read a second time, from another endpoint where there is one. If the ledger lacks\nnothing of it, events do not tell who holds what there: the collection is marked (derivable: false), and left out from then on.\nRuns beside ft up. Ctrl-C stops it.\nExit code: 0 when all are equal, or differ only where events do not tell; 1 when another one differs, none could be compared, or it was\nstopped.',
    )
    .action(async (options: Options) => {
      if (options.unmark === undefined) await compare(context, options)
      else await unmark(context, options.network, options.unmark)
    })
}

function positive(text: string): number {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('expected a whole number from 1')
  return count
}

async function compare(context: CliContext, options: Options): Promise<void> {
  const { network } = reachableNetwork(context.config(), options.network)
  await withLedger(context, options.network, async (db, known) => {
    const adapter = createAdapter(network, null)
    try {
      await adapter.start()
      const [result, explained] = await run(context, options, db, known, adapter)
      context.stdout.write(reconcileText(network.name, result, explained))
      if (result.checked === 0 || !isExplained(result, explained)) context.end(exitCode.failure)
    } finally {
      await adapter.close()
    }
  })
}

async function run(
  context: CliContext,
  { network, sample, mark }: Options,
  db: Db,
  known: Network,
  adapter: ChainAdapter,
): Promise<[Reconciliation, Explained[]]> {
  const shownAs = (label: string) =>
    progress({ label: `${network} ${label}`, log: context.logger(), stream: context.stdout })
  const shown = shownAs('reconcile')
  const result = await reconcile(
    db,
    known,
    sample,
    (questions, block) => adapter.holdings(questions, block),
    (done, of) => shown.update(done, undefined, of),
  ).finally(() => shown.done())
  if (!mark || result.mismatches.length === 0) return [result, []]
  const reading = shownAs('history')
  const onProgress = (done: number, of: number): void => reading.update(done, 'blocks', of)
  try {
    const explained = await interruptible((signal) =>
      explainMismatches(db, known, result, secondLook(adapter, signal), { signal, onProgress }),
    )
    return [result, explained]
  } finally {
    reading.done()
  }
}

async function unmark(context: CliContext, name: string, text: string): Promise<void> {
  const { kind } = reachableNetwork(context.config(), name).network
  const contract = parseAddress(kind, text)
  await withLedger(context, name, (db, network) => setDerivable(db, network, [contract], true))
  context.stdout.write(`${contract} is compared again: ft reconcile --network ${name}\n`)
}

/** Calls `work` with a pool of the role that may mark, on the database that the network is indexed into. */
async function withLedger(
  context: CliContext,
  name: string,
  work: (db: Db, network: Network) => Promise<void>,
): Promise<void> {
  const config = context.config()
  const { databaseName } = reachableNetwork(config, name)
  const database = await openDatabase(config, context.logger(), { share: true, name: databaseName })
  const db = database.open('ft_pipeline', { max: 2 })
  try {
    await work(db, await findNetwork(db, name))
  } finally {
    await db.end()
    await database.close()
  }
}
