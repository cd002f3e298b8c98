import type { Command } from 'commander'
import { FtError } from '../../core/errors.js'
import { findNetwork } from '../../core/networks.js'
import { type Rewound, rewind } from '../../ingest/rewind.js'
import { takeBackBlocks } from '../../pipeline/rewind.js'
import { createAdapter } from '../compose/chains.js'
import { openDatabase } from '../compose/database.js'
import { reachableNetwork } from '../compose/development.js'
import type { CliContext } from '../context.js'
import { height } from '../height.js'

interface Options {
  readonly network: string
  readonly to: number
  readonly yes?: true
}

/** `ft rewind`: takes a network back to a height, below finality too. Repairs a disputed network. */
export function rewindCommand(program: Command, context: CliContext): void {
  program
    .command('rewind')
    .description('take a network back to a height, final blocks too; repairs a disputed network')
    .requiredOption('--network <name>', 'which network')
    .requiredOption('--to <height>', 'the last block that stays', height)
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExample:\n  $ ft rewind --network polygon --to 97000000\n\nEverything above the height is taken back by reversing entries, and indexed again by the next ft up. Refuses while the\nnetwork is being indexed; a network that is disputed is not. Killed in the middle, it is finished by running it again.',
    )
    .action(async (options: Options) => {
      if (options.yes !== true) await confirm(context, options)
      context.stdout.write(report(options, await run(context, options)))
    })
}

async function confirm({ ask }: CliContext, { network, to }: Options): Promise<void> {
  if (ask === null) {
    throw new FtError('request_invalid', 'ft rewind takes rows back: add --yes where nobody can be asked')
  }
  const answer = await ask(`Take ${network} back to block ${to}? Type the name of the network to go on: `)
  if (answer.trim() !== network) {
    throw new FtError('request_invalid', `the answer was not ${network}: nothing was done`)
  }
}

async function run(context: CliContext, { network: name, to }: Options): Promise<Rewound> {
  const config = context.config()
  const log = context.logger()
  const { network: networkConfig, databaseName } = reachableNetwork(config, name)
  const database = await openDatabase(config, log, { share: true, name: databaseName })
  const db = database.open('ft_backfill', { max: 2 })
  try {
    const network = await findNetwork(database.owner, name)
    const adapter = createAdapter(networkConfig, null)
    try {
      await adapter.start()
      return await rewind({
        db,
        network,
        adapter,
        to,
        takeBack: (tx, step) => takeBackBlocks(tx, network, step),
        onProgress: (block, entries) => log.info({ network: name, block, entries }, 'taken back'),
      })
    } finally {
      await adapter.close()
    }
  } finally {
    await db.end()
    await database.close()
  }
}

function report({ network, to: asked }: Options, { from, to, blocks, entries }: Rewound): string {
  if (from === null) return `nothing to do: nothing of ${network} is indexed\n`
  if (blocks === 0 && to >= from) return `nothing to do: ${network} is indexed up to block ${from}\n`
  const more = to < asked ? `; nothing is stored of blocks ${to + 1} to ${asked}, and they are read again as well` : ''
  return `${network} went back from block ${from} to ${to}: ${blocks} blocks, ${entries} events taken back${more}\n`
}
