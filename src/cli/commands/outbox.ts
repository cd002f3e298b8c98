import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { type OutboxTopic, outboxTopics } from '../../bus/outbox.js'
import { withDatabase } from '../compose/look.js'
import type { CliContext } from '../context.js'
import { table } from '../table.js'

const WATCH_MS = 2_000

interface Options {
  readonly json?: true
  readonly watch?: true
}

/** `ft outbox`: what waits to be delivered, by topic. */
export function outboxCommand(program: Command, context: CliContext): void {
  program
    .command('outbox')
    .description('show the messages that wait to be delivered, by topic')
    .option('--json', 'as JSON; with --watch one line per look')
    .option('--watch', 'look again every 2 seconds, until Ctrl-C')
    .addHelpText('after', '\nExamples:\n  $ ft outbox\n  $ ft outbox --watch\n  $ ft outbox --json')
    .action(async (options: Options) => {
      await withDatabase(context.config(), async (db) => {
        for (;;) {
          context.stdout.write(render(await outboxTopics(db), options))
          if (options.watch !== true) return
          await delay(WATCH_MS)
        }
      })
    })
}

function render(topics: readonly OutboxTopic[], { json, watch }: Options): string {
  if (json) return `${JSON.stringify(topics, null, watch ? undefined : 2)}\n`
  if (topics.length === 0) return 'the outbox is empty\n'
  const rows = topics.map(({ topic, pending, oldestSeconds, publishedLastMinute }) => [
    topic,
    pending,
    `${oldestSeconds.toFixed(1)} s`,
    publishedLastMinute,
  ])
  return table(rows, ['topic', 'pending', 'oldest', 'published in the last minute'])
}
