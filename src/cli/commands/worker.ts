import type { Command } from 'commander'
import type { Config } from '../../core/config.js'
import { FtError } from '../../core/errors.js'
import { describeTasks } from '../compose/describeTasks.js'
import { runProcess } from '../compose/process.js'
import type { CliContext } from '../context.js'
import { table } from '../table.js'

interface Options {
  readonly list?: true
  readonly json?: true
}

/** `ft worker`: some of the tasks as a process of its own, beside others on the same PostgreSQL and Redis. */
export function workerCommand(program: Command, context: CliContext): void {
  program
    .command('worker')
    .description('run some tasks as a process of their own; any number of processes share the work')
    .argument('[task...]', 'names of tasks, as --list shows them')
    .option('--list', 'print all tasks with what triggers them, and end')
    .option('--json', 'with --list: as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ ft worker --list\n  $ ft worker ingest-polygon\n  $ ft worker normalizer ownership-updater projector finality\n\nNeeds DATABASE_URL and REDIS_URL, and in every process the same networks. Its health, readiness and metrics are on\nFT_METRICS_PORT. SIGTERM stops it cleanly, a second one at once. More: docs/workers.md',
    )
    .action(async (names: string[], options: Options) => {
      if (options.list === true) return list(context, options.json === true)
      context.end(await work(context, names))
    })
}

function list({ config, stdout }: CliContext, json: boolean): void {
  const tasks = describeTasks(config())
  if (json) stdout.write(`${JSON.stringify(tasks, null, 2)}\n`)
  else {
    const rows = tasks.map(({ task, trigger, group, topics }) => [task, trigger, group ?? '', topics.join(' ')])
    stdout.write(table(rows, ['task', 'trigger', 'group', 'topics']))
  }
}

async function work(context: CliContext, names: readonly string[]): Promise<number> {
  const config = context.config()
  if (names.length === 0) {
    throw new FtError('request_invalid', 'Name the tasks to run, for example ft worker normalizer (ft worker --list)')
  }
  refuseAlone(config)
  return await runProcess(context, { networks: config.networks, only: names })
}

/** What one process brings along cannot be shared with another one. */
function refuseAlone(config: Config): void {
  const missing = [
    ...(config.databaseUrl === null ? ['DATABASE_URL (for example DATABASE_URL=postgres://localhost:5432/ft)'] : []),
    ...(config.redisUrl === null ? ['REDIS_URL (for example REDIS_URL=redis://localhost:6379)'] : []),
    ...(config.networks.some(({ development }) => development)
      ? ['the endpoint of a network (for example POLYGON_RPC_URL=https://rpc.example.org)']
      : []),
  ]
  if (missing.length === 0) return
  throw new FtError(
    'config_invalid',
    `ft worker runs beside other processes, which meet in PostgreSQL and Redis. Not set: ${missing.join('; ')}. To run everything in one process, without servers: ft up`,
  )
}
