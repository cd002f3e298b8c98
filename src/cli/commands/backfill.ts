import type { Command } from 'commander'
import { type FillOptions, type FillPlan, fill, planFill } from '../../ingest/fill.js'
import { applyBlocks } from '../../pipeline/fused.js'
import { recheckHolders } from '../../pipeline/holders.js'
import { closeOpenings } from '../../pipeline/openings.js'
import { openChain } from '../compose/chains.js'
import { openDatabase } from '../compose/database.js'
import { reachableNetwork } from '../compose/development.js'
import type { CliContext } from '../context.js'
import { exitCode } from '../exit.js'
import { height } from '../height.js'
import { interruptible } from '../interrupt.js'
import { type Progress, progress } from '../progress.js'

interface Options {
  readonly network: string
  readonly from: number
  readonly to: number
}

/** `ft backfill`: reads final blocks that have not been read yet: a hole, or the history before the first indexed block. */
export function backfillCommand(program: Command, context: CliContext): void {
  program
    .command('backfill')
    .description('read final blocks that are missing: a hole, or history before the first indexed block')
    .requiredOption('--network <name>', 'which network')
    .requiredOption('--from <height>', 'first block', height)
    .requiredOption(
      '--to <height>',
      'last block; history is extended up to the first indexed block, without a hole',
      height,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ ft backfill --network polygon --from 70000000 --to 70499999     history before block 70500000\n  $ ft backfill --network polygon --from 97000000 --to 97000100     a hole that ft status shows\n\nMay run beside the system. Ctrl-C stops it after the transaction under way; the same command goes on from there.\nWhat has been read already is not read again.',
    )
    .action((options: Options) => run(context, options))
}

async function run(context: CliContext, { network: name, ...range }: Options): Promise<void> {
  const config = context.config()
  const log = context.logger()
  const { network: wanted, databaseName } = reachableNetwork(config, name)
  const database = await openDatabase(config, log, { share: true, name: databaseName })
  try {
    const { network, adapter, scope } = await openChain(database.owner, wanted, null)
    const db = database.open('ft_backfill', { max: 3 })
    try {
      await adapter.start()
      const plan = await planFill(db, network, scope, range)
      if (plan.blocks === 0) {
        await recheckHolders(db, network)
        context.stdout.write(`nothing to do: blocks ${range.from} to ${range.to} of ${name} have been read\n`)
        return
      }
      const shown = progress({ label: `${name} backfill`, total: plan.blocks, log, stream: context.stdout })
      // Up to here Ctrl-C ends the command at once, and there is nothing to be finished.
      const done = await interruptible((signal) =>
        fillShown(
          {
            ...{ db, network, adapter, scope, signal },
            applyBlocks: (tx, blocks, events) => applyBlocks(tx, network, adapter.parse, blocks, events),
            onExtend: async () => {
              const closed = await closeOpenings(db, network)
              if (closed > 0)
                log.info({ network: name, closed }, 'opening balances are taken back: their history is read')
            },
          },
          plan,
          shown,
        ),
      )
      await recheckHolders(db, network)
      context.stdout.write(report(name, done, plan))
      if (done.blocks < plan.blocks) context.end(exitCode.failure)
    } finally {
      await adapter.close()
      await db.end()
    }
  } finally {
    await database.close()
  }
}

interface Done {
  readonly blocks: number
  readonly events: number
  readonly lowest: number
}

/** Fills with a progress line; gives what was done, also when Ctrl-C ended it before the end. */
async function fillShown(options: FillOptions, plan: FillPlan, shown: Progress): Promise<Done> {
  let done: Done = { blocks: 0, events: 0, lowest: plan.startBlock }
  shown.update(0)
  try {
    await fill(options, plan, ({ from, to }, events) => {
      done = { blocks: done.blocks + to - from + 1, events: done.events + events, lowest: Math.min(done.lowest, from) }
      shown.update(done.blocks, `block ${from}`)
    })
  } catch (error) {
    if (!options.signal.aborted) throw error
  } finally {
    shown.done()
  }
  return done
}

function report(name: string, { blocks, events, lowest }: Done, plan: FillPlan): string {
  const stopped =
    blocks < plan.blocks ? `stopped: ${plan.blocks - blocks} blocks are left, the same command goes on\n` : ''
  const start = lowest < plan.startBlock ? `history of ${name} now starts at block ${lowest}\n` : ''
  const complete =
    lowest <= 1 && lowest < plan.startBlock ? 'it is complete: ft rebuild-projections says so in every card\n' : ''
  return `${blocks} blocks read, ${events} ledger entries made\n${start}${complete}${stopped}`
}
