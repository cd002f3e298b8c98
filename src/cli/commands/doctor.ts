import type { Command } from 'commander'
import type { Config } from '../../core/config.js'
import { messageOf } from '../../core/errors.js'
import type { CliContext } from '../context.js'
import { type Finding, fail, ok, warn } from '../doctor/check.js'
import { checkDatabase } from '../doctor/database.js'
import { checkMachine } from '../doctor/machine.js'
import { checkNetworks } from '../doctor/networks.js'
import { checkRedis } from '../doctor/redis.js'
import { exitCode } from '../exit.js'

const MARKS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const

/** `ft doctor`: checks what the system needs and says what to do about each thing it finds. Exit code 1 when something fails. */
export function doctorCommand(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('check configuration, database, Redis and endpoints, and say what to do')
    .option('--json', 'as a JSON array')
    .addHelpText(
      'after',
      '\nExamples:\n  $ ft doctor\n  $ POLYGON_RPC_URL=https://… ft doctor        before the first start\n  $ ft doctor --json | jq \'.[] | select(.status != "ok")\'\n\nChanges nothing. Exit code: 0 when nothing fails (warnings are no failures), 1 otherwise.',
    )
    .action(async ({ json }: { json?: true }) => {
      const findings = await examine(context)
      const text = json ? `${JSON.stringify(findings, null, 2)}\n` : findings.map(findingText).join('')
      context.stdout.write(context.redact(text))
      if (findings.some(({ status }) => status === 'fail')) context.end(exitCode.failure)
    })
}

async function examine(context: CliContext): Promise<Finding[]> {
  let config: Config
  try {
    config = context.config()
  } catch (error) {
    return [fail('configuration', messageOf(error), 'docs/configuration.md has every variable')]
  }
  const networks = config.networks.map(({ name }) => name).join(', ')
  return [
    ok('configuration', `networks: ${networks}`),
    ...config.warnings.map((warning) => warn('configuration', warning, 'see docs/configuration.md')),
    ...(await checkMachine(config)),
    ...(await checkDatabase(config)),
    ...(await checkRedis(config)),
    ...(await checkNetworks(config)),
  ]
}

function findingText({ status, check, detail, remedy }: Finding): string {
  return `${MARKS[status]}  ${check}: ${detail}\n${remedy === undefined ? '' : `      → ${remedy}\n`}`
}
