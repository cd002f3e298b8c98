import { type Command, InvalidArgumentError } from 'commander'
import type { NetworkConfig } from '../../core/config.js'
import { FtError } from '../../core/errors.js'
import { findNetwork } from '../../core/networks.js'
import { type Audit, type AuditedBlocks, audit } from '../../ingest/audit.js'
import { knownItems } from '../../pipeline/knownItems.js'
import { repairEvents } from '../../pipeline/repair.js'
import { createAdapter } from '../compose/chains.js'
import { openDatabase } from '../compose/database.js'
import { reachableNetwork } from '../compose/development.js'
import type { CliContext } from '../context.js'
import { exitCode } from '../exit.js'
import { height } from '../height.js'
import { interruptible } from '../interrupt.js'
import { progress } from '../progress.js'
import { table } from '../table.js'

interface Options {
  readonly network: string
  readonly sample?: number
  readonly from?: number
  readonly to?: number
  readonly deadLetters?: true
  readonly endpoint?: string
  readonly repair: boolean
}

/** `ft audit`: reads final blocks a second way and repairs what differs. Exit code 1 when something did, or nothing was compared. */
export function auditCommand(program: Command, context: CliContext): void {
  program
    .command('audit')
    .description('read final blocks a second way, compare their events with what is stored, repair what differs')
    .requiredOption('--network <name>', 'which network')
    .option('--sample <count>', 'how many blocks, drawn at random (default: 100)', positive)
    .option('--from <height>', 'first of these blocks, instead of a sample', height)
    .option('--to <height>', 'last of them', height)
    .option('--dead-letters', 'the blocks whose events wait in open dead letters, instead of a sample')
    .option('--endpoint <url>', 'ask this endpoint instead of the configured ones')
    .option('--no-repair', 'only look')
    .addHelpText(
      'after',
      '\nExamples:\n  $ ft audit --network polygon\n  $ ft audit --network polygon --sample 1000 --endpoint https://other.example.com\n  $ ft audit --network polygon --from 97000000 --to 97000100\n  $ ft audit --network ton --dead-letters\n\nBlocks are read from receipts where the endpoint gives them, and not from the endpoint that indexing prefers. Runs beside ft up.\nCtrl-C stops it after the block under way, and it says where.\nExit code: 0 when all is equal, 1 when something differed (repaired or not), nothing could be compared, or it was stopped.',
    )
    .action(async (options: Options) => {
      const result = await run(context, options)
      context.stdout.write(report(result, options.repair))
      const isNothing = result.blocks === 0 && (options.deadLetters !== true || result.unread.blocks > 0)
      if (result.differences.length > 0 || isNothing || result.stoppedBefore !== null) context.end(exitCode.failure)
    })
}

function positive(text: string): number {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('expected a whole number from 1')
  return count
}

/** @throws FtError request_invalid for options that do not go together */
function blocksOf({ sample, from, to, deadLetters }: Options): AuditedBlocks {
  const ways = [sample, from ?? to, deadLetters].filter((way) => way !== undefined)
  if (ways.length > 1) throw new FtError('request_invalid', 'Say one of --sample, --from with --to, and --dead-letters')
  if (deadLetters === true) return 'dead letters'
  if (from === undefined && to === undefined) return { sample: sample ?? 100 }
  if (from === undefined || to === undefined) throw new FtError('request_invalid', '--from and --to go together')
  if (from > to) throw new FtError('request_invalid', `--from ${from} is above --to ${to}`)
  return { from, to }
}

async function run(context: CliContext, { network: name, endpoint, repair, ...which }: Options): Promise<Audit> {
  const blocks = blocksOf({ network: name, repair, ...which })
  const config = context.config()
  const reachable = reachableNetwork(config, name)
  const chain: NetworkConfig =
    endpoint === undefined ? reachable.network : { ...reachable.network, endpoints: [endpoint] }
  const log = context.logger()
  const shown = progress({ label: `${name} audit`, log, stream: context.stdout })
  const database = await openDatabase(config, log, { share: true, name: reachable.databaseName })
  const db = database.open('ft_backfill', { max: 2 })
  try {
    const network = await findNetwork(database.owner, name)
    const adapter = createAdapter(chain, null, (accounts) => knownItems(database.owner, network, accounts))
    try {
      await adapter.start()
      return await interruptible((signal) =>
        audit({
          ...{ db, network, adapter, blocks, signal },
          onBlock: (block, done, of) => shown.update(done, `block ${block}`, of),
          repair: repair ? (tx, what) => repairEvents(tx, network, adapter.parse, what) : null,
        }),
      )
    } finally {
      shown.done()
      await adapter.close()
    }
  } finally {
    await db.end()
    await database.close()
  }
}

function report({ blocks, events, differences, unread, stoppedBefore }: Audit, repaired: boolean): string {
  const rows = differences.map((found) => [
    found.block,
    found.difference,
    found.contract,
    found.txHash,
    found.position ?? '',
  ])
  const details = rows.length === 0 ? '' : table(rows, ['block', 'difference', 'contract', 'transaction', 'position'])
  const left = unread.blocks === 0 ? '' : `, ${unread.blocks} could not be read (${unread.reason})`
  const forked = differences.filter(({ difference }) => difference === 'forked').length
  const advice = forked > 0 ? 'A block that is forked is not repaired: see docs/runbook.md.\n' : ''
  const done = doneText(differences.length, repaired ? differences.length - forked : 0)
  const stopped = stoppedBefore === null ? '' : `stopped before block ${stoppedBefore}\n`
  return `${details}${advice}${blocks} blocks with ${events} events compared, ${differences.length} differences${done}${left}\n${stopped}`
}

function doneText(differences: number, repaired: number): string {
  if (differences === 0) return ''
  if (repaired === 0) return ', not repaired'
  return repaired === differences ? ', repaired' : `, ${repaired} of them repaired`
}
