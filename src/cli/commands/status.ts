import { type Command, InvalidArgumentError } from 'commander'
import { sleep } from '../../core/wakeup.js'
import { onceTasks } from '../compose/describeTasks.js'
import { withDatabase } from '../compose/look.js'
import { readState } from '../compose/state.js'
import type { CliContext } from '../context.js'
import { interruptible } from '../interrupt.js'
import { statusJson, statusText } from '../statusText.js'

interface Options {
  readonly json?: true
  readonly watch?: number | true
}

/** `ft status`: where every network stands, stage by stage, and what waits. Reads the database and nothing else. */
export function statusCommand(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('show where every network stands, stage by stage, and what waits')
    .option('--json', 'as one JSON object, with --watch one per line')
    .option('--watch [seconds]', 'again and again, every 2 seconds by default, until Ctrl-C', seconds)
    .addHelpText(
      'after',
      '\nExamples:\n  $ ft status\n  $ ft status --watch\n  $ ft status --json | jq .deadLetters\n\nThe first column that stands still names the stage that is stuck: docs/runbook.md.',
    )
    .action(async (options: Options) => {
      if (options.watch === undefined) context.stdout.write(await shown(context, options, 2))
      else await interruptible((signal) => watch(context, options, signal))
    })
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value > 0) || value > 86_400) throw new InvalidArgumentError('expected a number of seconds')
  return value
}

async function shown(context: CliContext, { json }: Options, indent: number): Promise<string> {
  const config = context.config()
  const state = await withDatabase(config, (db) => readState(db, onceTasks(config)))
  return json ? `${JSON.stringify(statusJson(state), null, indent)}\n` : statusText(state)
}

async function watch(context: CliContext, options: Options, signal: AbortSignal): Promise<void> {
  const every = typeof options.watch === 'number' ? options.watch : 2
  // A terminal is drawn over; elsewhere one reading follows the other.
  const clear = context.stdout.isTTY === true && !options.json ? '\u001b[H\u001b[J' : ''
  while (!signal.aborted) {
    const text = await shown(context, options, 0)
    context.stdout.write(`${clear}${text}${clear === '' && !options.json ? '\n' : ''}`)
    await sleep(every * 1000, signal)
  }
}
