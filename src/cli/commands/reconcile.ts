import { type Command, InvalidArgumentError } from 'commander'
import { findNetwork } from '../../core/networks.js'
import { type Ask, type Reconciliation, reconcile } from '../../pipeline/reconcile.js'
import { createAdapter } from '../compose/chains.js'
import { reachableNetwork } from '../compose/development.js'
import { withDatabase } from '../compose/look.js'
import type { CliContext } from '../context.js'
import { exitCode } from '../exit.js'
import { progress } from '../progress.js'
import { table } from '../table.js'

/** `ft reconcile`: compares random holdings with what their contracts say at one block. Exit code 1 when one differs. */
export function reconcileCommand(program: Command, context: CliContext): void {
  program
    .command('reconcile')
    .description('compare random holdings of a network with what their contracts say at one final block')
    .requiredOption('--network <name>', 'which network')
    .option('--sample <count>', 'how many holdings', positive, 100)
    .addHelpText(
      'after',
      '\nExamples:\n  $ ft reconcile --network polygon\n  $ ft reconcile --network polygon --sample 1000\n\nExit code: 0 when all are equal, 1 when one differs or none could be compared.',
    )
    .action(async ({ network, sample }: { network: string; sample: number }) => {
      const result = await run(context, network, sample)
      context.stdout.write(report(result))
      if (result.mismatches.length > 0 || result.checked === 0) context.end(exitCode.failure)
    })
}

function positive(text: string): number {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('expected a whole number from 1')
  return count
}

async function run(context: CliContext, name: string, sample: number): Promise<Reconciliation> {
  const config = context.config()
  const { network } = reachableNetwork(config, name)
  return await withDatabase(config, async (db) => {
    const known = await findNetwork(db, name)
    const adapter = createAdapter(network, null)
    const shown = progress({ label: `${name} reconcile`, log: context.logger(), stream: context.stdout })
    try {
      await adapter.start()
      const ask: Ask = (questions, block) => adapter.holdings(questions, block)
      return await reconcile(db, known, sample, ask, (done, of) => shown.update(done, undefined, of))
    } finally {
      shown.done()
      await adapter.close()
    }
  })
}

function report({ block, checked, notDerivable, mismatches }: Reconciliation): string {
  if (checked === 0) return 'nothing to compare yet: no holding is final, or no history is complete\n'
  const rows = mismatches.map(({ question, ledger, chain }) => [
    question.contract,
    question.tokenId === null ? '' : String(question.tokenId),
    question.account ?? 'owner',
    ledger ?? 'nobody',
    chain ?? 'nobody',
  ])
  const details = rows.length === 0 ? '' : table(rows, ['contract', 'token', 'of', 'ledger', 'chain'])
  const left = notDerivable === 0 ? '' : `, ${notDerivable} left out because their history starts in the middle`
  return `${details}${checked} holdings compared at block ${block}, ${mismatches.length} mismatches${left}\n`
}
