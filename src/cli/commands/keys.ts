import { type Command, InvalidArgumentError } from 'commander'
import { type ApiScope, apiScopes } from '../../core/apiKey.js'
import { type ApiKeyRequest, type ApiKeyRow, createApiKey, listApiKeys, revokeApiKey } from '../../core/apiKeys.js'
import type { Db } from '../../core/db.js'
import { withDatabase } from '../compose/look.js'
import { visitDatabase } from '../compose/visit.js'
import type { CliContext } from '../context.js'
import { table } from '../table.js'

const DAY_MS = 24 * 3_600_000

interface CreateOptions {
  readonly name: string
  readonly scopes: readonly ApiScope[]
  readonly requestsPerMinute: number
  readonly expires?: Date
}

/** `ft keys`: makes, lists and revokes the keys of the API. */
export function keysCommand(program: Command, context: CliContext): void {
  const keys = program.command('keys').description('the keys that callers of the API show')
  keys
    .command('create')
    .description('make a key and show it, this once: only its hash is kept')
    .requiredOption('--name <text>', 'whose key it is', named)
    .option('--scopes <list>', `what it may be used for: ${apiScopes.join(', ')}`, scopes, apiScopes)
    .option('--requests-per-minute <count>', 'how often it may ask', positive, 600)
    .option('--expires <time>', 'when it ends: days from now (90d) or a date (2027-01-31)', expiry)
    .addHelpText(
      'after',
      '\nExamples:\n  $ ft keys create --name "price bot"\n  $ KEY=$(ft keys create --name ci --scopes read --expires 90d)\n\nThe key alone goes to standard output.',
    )
    .action((options: CreateOptions) => visitDatabase(context, (db) => create(db, context, options)))
  keys
    .command('list')
    .description('all keys, with when they were last used (to the minute)')
    .option('--json', 'as one JSON array')
    .action((options: { json?: true }) =>
      withDatabase(context.config(), async (db) => {
        const rows = await listApiKeys(db)
        context.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : report(rows))
      }),
    )
  keys
    .command('revoke')
    .description('revoke a key for good; running servers know within a minute')
    .argument('<prefix>', 'the first part of the key, as ft keys list shows it')
    .addHelpText('after', '\nExample:\n  $ ft keys revoke ft_1f0c93ab')
    .action((prefix: string) =>
      visitDatabase(context, async (db) => {
        await revokeApiKey(db, prefix)
        context.stdout.write(`${prefix} is revoked\n`)
      }),
    )
}

async function create(db: Db, { stdout, stderr }: CliContext, options: CreateOptions): Promise<void> {
  const { name, requestsPerMinute, expires = null } = options
  const request: ApiKeyRequest = { name, scopes: options.scopes, requestsPerMinute, expiresAt: expires }
  const { text, prefix } = await createApiKey(db, request)
  stderr.write(`${prefix} is made; it will not be shown again:\n`)
  stdout.write(`${text}\n`)
}

function report(rows: readonly ApiKeyRow[]): string {
  if (rows.length === 0) return 'there are no keys; ft keys create makes one\n'
  return table(
    rows.map((row) => [
      row.prefix,
      row.name,
      row.scopes.join(','),
      row.requestsPerMinute,
      state(row),
      row.lastUsedAt === null ? 'never' : minute(row.lastUsedAt),
    ]),
    ['key', 'name', 'scopes', 'a minute', 'state', 'last used'],
  )
}

function state({ revokedAt, expiresAt }: ApiKeyRow): string {
  if (revokedAt !== null) return 'revoked'
  if (expiresAt === null) return 'valid'
  return expiresAt.getTime() <= Date.now() ? 'expired' : `until ${minute(expiresAt)}`
}

function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16)}Z`
}

function scopes(text: string): readonly ApiScope[] {
  return text.split(',').map((part) => {
    const scope = apiScopes.find((known) => known === part.trim())
    if (scope === undefined) throw new InvalidArgumentError(`scopes are ${apiScopes.join(', ')}`)
    return scope
  })
}

function named(text: string): string {
  const name = text.trim()
  if (name === '') throw new InvalidArgumentError('expected a name: of a key that has none nobody knows what it is for')
  return name
}

function positive(text: string): number {
  const count = Number(text)
  if (!/^\d{1,7}$/.test(text) || count < 1) throw new InvalidArgumentError('expected a whole number from 1 to 9999999')
  return count
}

function expiry(text: string): Date {
  const days = /^(\d{1,5})d$/.exec(text)?.[1]
  const time = days === undefined ? new Date(text) : new Date(Date.now() + Number(days) * DAY_MS)
  if (!(time.getTime() > Date.now())) throw new InvalidArgumentError('expected days (90d) or a date that is to come')
  return time
}
