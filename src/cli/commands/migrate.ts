import type { Command } from 'commander'
import { createPool } from '../../core/db.js'
import { FtError } from '../../core/errors.js'
import { migrate } from '../../core/migrate.js'
import { databaseError } from '../compose/database.js'
import type { CliContext } from '../context.js'

/** `ft migrate`: brings the schema of the configured server up to date. Running it again, or twice at once, does no harm. */
export function migrateCommand(program: Command, { config, stdout }: CliContext): void {
  program
    .command('migrate')
    .description("bring the server's schema up to date (ft up does this for the embedded database)")
    .addHelpText('after', '\nExample:\n  $ DATABASE_URL=postgres://ft:password@localhost:5432/ft ft migrate')
    .action(async () => {
      const applied = await migrateServer(serverUrl(config().databaseUrl))
      for (const name of applied) stdout.write(`applied ${name}\n`)
      if (applied.length === 0) stdout.write('nothing to do: the schema is up to date\n')
    })
}

function serverUrl(url: string | null): string {
  if (url !== null) return url
  throw new FtError(
    'config_invalid',
    'DATABASE_URL: is not set, and ft migrate works on a server only (ft up migrates the embedded database itself), for example DATABASE_URL=postgres://localhost:5432/ft',
  )
}

async function migrateServer(url: string): Promise<readonly string[]> {
  const db = createPool({ url, max: 2, applicationName: 'ft migrate' })
  try {
    return (await migrate(db)).applied
  } catch (error) {
    throw databaseError(url, error)
  } finally {
    await db.end()
  }
}
