import { type Command, InvalidArgumentError } from 'commander'
import {
  type DeadLetterRow,
  type DeadLetterSelection,
  dropDeadLetters,
  listDeadLetters,
  replayDeadLetters,
  showDeadLetter,
} from '../../bus/deadLetters.js'
import type { Db } from '../../core/db.js'
import { FtError } from '../../core/errors.js'
import { withDatabase } from '../compose/look.js'
import { visitDatabase } from '../compose/visit.js'
import type { CliContext } from '../context.js'
import { table } from '../table.js'

interface Filter {
  readonly topic?: string
  readonly group?: string
  readonly network?: string
  readonly code?: string
  readonly json?: true
}

type ListOptions = Filter & { readonly resolved?: true; readonly limit: number }
type ResolveOptions = Filter & { readonly all?: true }

/** `ft dlq`: what could not be processed: look at it, send it again, or close it. */
export function dlqCommand(program: Command, context: CliContext): void {
  const dlq = program.command('dlq').description('dead letters: messages that could not be processed')
  filtered(dlq.command('list').description('list the open ones, the newest failure first'))
    .option('--resolved', 'also those that were replayed or dropped')
    .option('--limit <count>', 'most rows', positive, 100)
    .addHelpText('after', '\nExamples:\n  $ ft dlq list\n  $ ft dlq list --network polygon --code event_undecodable')
    .action((options: ListOptions) => list(context, options))
  dlq
    .command('show')
    .description('show one with its payload, as JSON')
    .argument('<id>', 'its id, as ft dlq list shows it', uuid)
    .addHelpText('after', '\nExample:\n  $ ft dlq show 0b1f6a52-0c6b-5c06-9d0b-6a7a1f3ad1c2')
    .action((id: string) => show(context, id))
  resolving(dlq, 'replay', 'put them on their way again', (ids, options) =>
    resolve(context, ids, options, 'replayed', replayDeadLetters),
  )
  resolving(dlq, 'drop', 'close them without sending them again; the rows stay', (ids, options) =>
    resolve(context, ids, options, 'dropped', dropDeadLetters),
  )
}

function filtered(command: Command): Command {
  return command
    .option('--topic <name>', 'only of this topic')
    .option('--group <name>', 'only of this consumer group')
    .option('--network <name>', 'only of this network')
    .option('--code <code>', 'only with this error code')
    .option('--json', 'as JSON')
}

function resolving(
  parent: Command,
  name: string,
  description: string,
  action: (ids: string[], options: ResolveOptions) => Promise<void>,
): void {
  filtered(parent.command(name).description(description))
    .argument('[id...]', 'which ones; more options narrow the choice', uuids)
    .option('--all', 'every open one')
    .addHelpText(
      'after',
      `\nExamples:\n  $ ft dlq ${name} 0b1f6a52-0c6b-5c06-9d0b-6a7a1f3ad1c2\n  $ ft dlq ${name} --group projector\n  $ ft dlq ${name} --all`,
    )
    .action(action)
}

function uuid(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase()
  throw new InvalidArgumentError('expected the id of a dead letter, as ft dlq list shows it')
}

function uuids(text: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), uuid(text)]
}

function positive(text: string): number {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('expected a whole number from 1')
  return count
}

function selection({ topic, group, network, code }: Filter): DeadLetterSelection {
  return {
    ...(topic === undefined ? {} : { topic }),
    ...(group === undefined ? {} : { group }),
    ...(network === undefined ? {} : { network }),
    ...(code === undefined ? {} : { code }),
  }
}

async function list(context: CliContext, options: ListOptions): Promise<void> {
  const { limit } = options
  const resolved = options.resolved === true
  const rows = await withDatabase(context.config(), (db) =>
    listDeadLetters(db, selection(options), { resolved, limit }),
  )
  context.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : asTable(rows))
  if (rows.length === limit) context.stderr.write(`there may be more: --limit ${limit * 10}\n`)
}

function asTable(rows: readonly DeadLetterRow[]): string {
  if (rows.length === 0) return 'no dead letters\n'
  const cells = rows.map(({ dlqId, topic, group, code, attempts, lastFailedAt, resolution, reason }) => [
    dlqId,
    topic,
    group,
    code,
    attempts,
    lastFailedAt.toISOString(),
    resolution ?? 'open',
    reason.replaceAll(/\s+/g, ' ').slice(0, 80),
  ])
  return table(cells, ['id', 'topic', 'group', 'code', 'attempts', 'last failure', 'state', 'reason'])
}

/** Always JSON: a payload is nothing for a table. */
async function show(context: CliContext, id: string): Promise<void> {
  const letter = await withDatabase(context.config(), (db) => showDeadLetter(db, id))
  if (letter === null)
    throw new FtError('not_found', `There is no dead letter ${id} (ft dlq list --resolved shows all)`)
  context.stdout.write(`${JSON.stringify(letter, null, 2)}\n`)
}

async function resolve(
  context: CliContext,
  ids: readonly string[],
  options: ResolveOptions,
  done: 'replayed' | 'dropped',
  work: (db: Db, selected: DeadLetterSelection) => Promise<string[]>,
): Promise<void> {
  const selected = { ...selection(options), ...(ids.length === 0 ? {} : { ids }) }
  if (Object.keys(selected).length === 0 && options.all !== true) {
    throw new FtError(
      'request_invalid',
      'Say which: ids, --topic, --group, --network, --code, or --all for every open one',
    )
  }
  const resolved = await visitDatabase(context, (db) => work(db, selected))
  const missing = ids.filter((id) => !resolved.includes(id))
  if (options.json) context.stdout.write(`${JSON.stringify({ [done]: resolved, notOpen: missing }, null, 2)}\n`)
  else context.stdout.write(`${resolved.length} ${done}\n`)
  if (missing.length > 0)
    throw new FtError('not_found', `Not open, or not chosen by the options: ${missing.join(', ')}`)
}
