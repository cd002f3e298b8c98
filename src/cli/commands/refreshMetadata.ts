import { type Command, InvalidArgumentError } from 'commander'
import { parseAddress } from '../../core/address.js'
import { FtError } from '../../core/errors.js'
import { collectionId } from '../../core/ids.js'
import { findNetwork } from '../../core/networks.js'
import { refreshMetadata } from '../../pipeline/metadata.js'
import { withDatabase } from '../compose/look.js'
import type { CliContext } from '../context.js'

interface Options {
  readonly network: string
  readonly contract: string
  readonly token: bigint | undefined
}

/** `ft refresh-metadata`: has the metadata of a collection's assets, or of one of them, read again as soon as possible. */
export function refreshMetadataCommand(program: Command, context: CliContext): void {
  program
    .command('refresh-metadata')
    .description('read the metadata of assets again, soon: after a reveal, or when looks at them have failed')
    .requiredOption('--network <name>', 'which network')
    .requiredOption('--contract <address>', 'the collection')
    .option('--token <id>', 'only this token', tokenId)
    .addHelpText(
      'after',
      '\nThe running task metadata-<network> reads them; what it read before stays until then.\n\nExamples:\n  $ ft refresh-metadata --network polygon --contract 0x…\n  $ ft refresh-metadata --network polygon --contract 0x… --token 42',
    )
    .action(async (options: Options) => {
      context.stdout.write(`${await run(context, options)}\n`)
    })
}

function tokenId(text: string): bigint {
  if (!/^\d{1,78}$/.test(text)) throw new InvalidArgumentError('expected a decimal token id')
  return BigInt(text)
}

async function run(context: CliContext, { network: name, contract, token }: Options): Promise<string> {
  const config = context.config()
  const isRead = config.networks.some((network) => network.name === name && network.readsMetadata)
  if (!isRead)
    throw new FtError(
      'config_invalid',
      `the metadata of ${name} is not read: switch it on (ft config shows its variable)`,
    )
  return await withDatabase(config, async (db) => {
    const network = await findNetwork(db, name)
    const collection = collectionId(name, parseAddress(network.chain, contract))
    const due = await refreshMetadata(db, network, { collectionId: collection, tokenId: token ?? null })
    if (due === 0) throw new FtError('not_found', `no such asset of ${contract} is known on ${name}`)
    return `${due} ${due === 1 ? 'asset is' : 'assets are'} read again`
  })
}
