import type { Command } from 'commander'
import { FtError } from '../../core/errors.js'
import { recordRange } from '../../ingest/evm/record.js'
import { reachableNetwork } from '../compose/development.js'
import type { CliContext } from '../context.js'
import { height } from '../height.js'

interface Options {
  readonly network: string
  readonly from: number
  readonly to: number
  readonly out?: string
}

/** `ft record`: writes real logs of a range, and what our parser makes of them, into a file that tests can replay. */
export function recordCommand(program: Command, context: CliContext): void {
  program
    .command('record')
    .description('write a recording of a block range from the network’s first endpoint, for tests')
    .requiredOption('--network <name>', 'which network')
    .requiredOption('--from <height>', 'first block', height)
    .requiredOption('--to <height>', 'last block', height)
    .option('--out <file>', 'where to write; default <network>-<from>-<to>.json')
    .addHelpText(
      'after',
      '\nExample:\n  $ POLYGON_RPC_URL=https://… ft record --network polygon --from 97000000 --to 97000010',
    )
    .action(async (options: Options) => {
      const { network, from, to } = options
      const out = options.out ?? `${network}-${from}-${to}.json`
      const { blocks, counts } = await recordRange({ rpcUrl: endpointOf(context, network), network, from, to, out })
      context.stdout.write(`${out}: ${blocks} blocks, ${JSON.stringify(counts)}\n`)
    })
}

function endpointOf(context: CliContext, name: string): string {
  const { network } = reachableNetwork(context.config(), name)
  const url = network.endpoints.find((endpoint) => endpoint.startsWith('http'))
  if (network.kind !== 'evm' || url === undefined) {
    throw new FtError('config_invalid', `${name}: recording needs an http(s) endpoint of an EVM network`)
  }
  return url
}
