import { setTimeout as delay } from 'node:timers/promises'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { FtError } from './errors.js'
import { SharedConnections } from './sharedConnections.js'
import { OpenTx, type Queryable, type Tx } from './tx.js'

export type { Queryable, Tx } from './tx.js'

export interface Db extends Queryable {
  /**
   * Rows of a prepared statement that finds a few by key, as arrays (see `ormRows`). Such statements share connections beside the pool's: what
   * takes longer belongs into the pool, because others wait behind it.
   */
  lookUp(name: string, text: string, values: readonly unknown[]): Promise<unknown[][]>
  /** Typed reads over the table definitions of `core/schema`. Writes in bulk are SQL with unnest: the builder is too slow for them. */
  readonly orm: NodePgDatabase & { readonly $client: pg.Pool }
  /**
   * Runs `work` in one transaction. Deadlocks (40P01) and serialization failures (40001) are tried again from the start, so
   * `work` must not have effects outside the database.
   * @throws FtError database_conflict when that does not help; whatever `work` throws, after a rollback
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>
  /**
   * A read-only transaction that stays open, for reading much as of one moment. It holds a connection of the pool until it is released.
   */
  snapshot(): Promise<Snapshot>
  /** A connection of its own for LISTEN or a session-level advisory lock; `onLost` is called once when it breaks. */
  session(onLost: (error: Error) => void): Promise<Session>
  end(): Promise<void>
}

export interface Session extends Queryable {
  onNotification(listener: (channel: string, payload: string) => void): void
  release(): Promise<void>
}

export interface Snapshot extends Queryable {
  /** The rows of a query, `size` at a time as they are asked for. One such reading per snapshot. */
  batches<R extends object>(text: string, values: readonly unknown[], size: number): AsyncGenerator<R[]>
  /** Ends it; again does nothing. Never throws. */
  release(): Promise<void>
}

export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable'
  /** How often it is begun before a conflict is thrown; default 10. */
  readonly attempts?: number
}

export interface PoolOptions {
  readonly url: string
  /** Most connections of this pool; default 10. */
  readonly max?: number
  /** Database role that every connection takes on (SET ROLE), a name of ours; see migrations for what each may do. */
  readonly role?: string
  readonly applicationName?: string
  /** Default: none, whatever the server or the role has; the limits of work are those of its tasks. */
  readonly statementTimeoutMs?: number
}

/**
 * Whole plans are never compiled: compiling costs more than any of these statements. Writers look up by key what a batch names, in tables
 * that grow faster than their statistics: a planner that still takes a table for small, or an index for selective, would read it whole,
 * once for each row of the batch. Their plans are therefore made without looking at what is asked for, and once (docs/adr/0015).
 */
const SETTINGS = ['jit = off']
const WRITER_SETTINGS = [
  'enable_seqscan = off',
  'enable_bitmapscan = off',
  'enable_mergejoin = off',
  'plan_cache_mode = force_generic_plan',
]
const WRITERS = new Set(['ft_pipeline', 'ft_backfill'])

const RETRYABLE = new Set(['40P01', '40001'])
const ATTEMPTS = 10

const types = new pg.TypeOverrides()
parseAs(pg.types.builtins.INT8, 1016, toSafeInteger)
parseAs(pg.types.builtins.NUMERIC, 1231, BigInt)
parseAs(pg.types.builtins.BYTEA, 1001, (text) => `0x${text.slice(2)}`)

/**
 * Opens a pool. int8 arrives as a number (heights and positions; beyond 2^53 it throws), numeric as bigint (all our numerics
 * are integers), bytea as lower-case `0x…` hex, timestamptz as Date; one-dimensional arrays of these likewise.
 */
export function createPool(options: PoolOptions): Db {
  const { role, statementTimeoutMs } = options
  const isWriter = role !== undefined && WRITERS.has(role)
  const settings = [
    ...SETTINGS,
    ...(role === undefined ? [] : [`role = ${role}`]),
    ...(isWriter ? WRITER_SETTINGS : []),
    `statement_timeout = ${statementTimeoutMs ?? 0}`,
  ]
  // Not in the startup parameter `options`, which a pooler (PgBouncer) refuses
  const introduce: Introduce = async (client) => {
    await client.query(settings.map((setting) => `SET ${setting}`).join('; '))
  }
  const config: pg.PoolConfig = {
    connectionString: options.url,
    max: options.max ?? 10,
    application_name: options.applicationName ?? 'ft',
    types,
    // Statements of a transaction, and look-ups, are written one behind the other
    pipeline: true,
    // A connection that was cut without a word is known to be dead after half a minute, and not when it is used next
    keepAlive: true,
    keepAliveInitialDelayMillis: 20_000,
  }
  const pool = new pg.Pool({ ...config, verify: (client, done) => void introduce(client).then(() => done(), done) })
  // An idle connection that breaks is dropped by the pool; the next query says what is wrong. The pool listens to idle ones only:
  // unheard, the loss of one that is in use, or was made this moment, would end the process.
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  const asQueryable = isWriter ? planningOnce : queryable
  const shared = new SharedConnections(
    (lost) => openShared(config, introduce, lost),
    isConnectionError,
    SHARED_CONNECTIONS,
  )
  return {
    ...asQueryable(pool),
    lookUp: async (name, text, values) => await shared.run(async (client) => await arrays(client, name, text, values)),
    orm: drizzle(pool),
    transaction: (work, transactionOptions) => transaction(pool, asQueryable, work, transactionOptions ?? {}),
    snapshot: () => snapshot(pool),
    session: (onLost) => session(config, introduce, asQueryable, onLost),
    end: async () => {
      await Promise.all([pool.end(), shared.end()])
    },
  }
}

/** Most connections beside the pool's that look-ups share. */
const SHARED_CONNECTIONS = 4

async function openShared(config: pg.ClientConfig, introduce: Introduce, lost: () => void): Promise<pg.Client> {
  const client = new pg.Client(config)
  client.on('error', lost)
  client.on('end', lost)
  await connect(client, introduce)
  return client
}

/** Says on a new connection how it works: as which role, with which settings. */
type Introduce = (client: pg.ClientBase) => Promise<void>

async function connect(client: pg.Client, introduce: Introduce): Promise<void> {
  await client.connect()
  try {
    await introduce(client)
  } catch (error) {
    await client.end()
    throw error
  }
}

/** A type and its array: without the second, pg would read numeric[] as floats and lose digits. */
function parseAs(oid: number, arrayOid: number, parse: (text: string) => unknown): void {
  types.setTypeParser(oid, parse)
  types.setTypeParser(arrayOid, (text: string) =>
    arrayItems(text).map((item) => (item === 'NULL' ? null : parse(item))),
  )
}

/** The items of `{1,NULL,"\\x00"}`; enough for types whose text holds neither commas nor quotes. */
function arrayItems(text: string): string[] {
  if (text === '{}') return []
  return text.slice(1, -1).replaceAll('"', '').replaceAll('\\\\', '\\').split(',')
}

function toSafeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new FtError('internal', `int8 ${text} is beyond 2^53 and would lose digits`)
  return value
}

function queryable(client: pg.Pool | pg.ClientBase): Queryable {
  return {
    query: async (text, values) => rows(await client.query(text, values === undefined ? undefined : [...values])),
    prepared: async (name, text, values) => rows(await client.query({ name, text, values: [...(values ?? [])] })),
  }
}

/**
 * Rows as arrays of what drizzle's columns and expressions read: times are text, int8 and numeric too. With a name the statement is
 * prepared.
 */
export async function ormRows(
  orm: Db['orm'],
  name: string | undefined,
  text: string,
  values: readonly unknown[],
): Promise<unknown[][]> {
  return await arrays(orm.$client, name, text, values)
}

async function arrays(
  client: pg.Pool | pg.ClientBase,
  name: string | undefined,
  text: string,
  values: readonly unknown[],
): Promise<unknown[][]> {
  const config = { name, text, values: [...values], types: ormTypes }
  return rows(await client.query<unknown[]>({ ...config, rowMode: 'array' }))
}

const ormTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.TIMESTAMPTZ ? (value: string) => value : pg.types.getTypeParser(oid, format),
}

type AsQueryable = typeof queryable

/**
 * The same, with every statement that takes values prepared: each connection parses and plans it once. The largest take the planner 27 ms, longer
 * than they run for a block of 300 events. Their texts are constants of the pipeline, so they are few.
 */
function planningOnce(client: pg.Pool | pg.ClientBase): Queryable {
  const { query, prepared } = queryable(client)
  return {
    prepared,
    query: (text, values) => (values === undefined ? query(text) : prepared(nameOf(text), text, values)),
  }
}

const names = new Map<string, string>()

function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `ft_${names.size + 1}`
  names.set(text, name)
  return name
}

function rows<R>(result: { rows: R[] }): R[] {
  return result.rows
}

async function transaction<T>(
  pool: pg.Pool,
  asQueryable: AsQueryable,
  work: (tx: Tx) => Promise<T>,
  { isolation = 'read committed', attempts = ATTEMPTS }: TransactionOptions,
): Promise<T> {
  const begin = `BEGIN ISOLATION LEVEL ${isolation}`
  for (let attempt = 1; ; attempt += 1) {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      const opened = new OpenTx(asQueryable(client))
      opened.tx.send(begin)
      const result = await work(opened.tx)
      await commit(client, opened)
      return result
    } catch (error) {
      broken = await rollback(client)
      // What a server that only reads has refused goes to another connection next time: it may lead to another server.
      if (isConnectionError(error) && error instanceof Error) broken ??= error
      if (!isConflict(error)) throw error
      if (attempt === attempts) {
        throw new FtError('database_conflict', `transaction lost ${attempts} conflicts in a row`, { cause: error })
      }
    } finally {
      client.release(broken)
    }
    await delay(Math.random() * 2 ** Math.min(attempt, 7))
  }
}

async function snapshot(pool: pg.Pool): Promise<Snapshot> {
  const client = await pool.connect()
  client.on('error', ignore)
  let open = true
  const release = async () => {
    if (!open) return
    open = false
    const broken = await rollback(client)
    client.off('error', ignore)
    client.release(broken)
  }
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  } catch (error) {
    await release()
    throw error
  }
  return { ...queryable(client), batches: (text, values, size) => batches(client, text, values, size), release }
}

async function* batches<R extends object>(
  client: pg.PoolClient,
  text: string,
  values: readonly unknown[],
  size: number,
): AsyncGenerator<R[]> {
  await client.query(`DECLARE batches NO SCROLL CURSOR FOR ${text}`, [...values])
  for (;;) {
    const batch = await client.query<R>(`FETCH ${size} FROM batches`)
    if (batch.rows.length > 0) yield batch.rows
    if (batch.rows.length < size) return
  }
}

/** PostgreSQL answers COMMIT with a rollback, and without an error, when a statement before it has failed. */
async function commit(client: pg.PoolClient, opened: OpenTx): Promise<void> {
  const { command } = await client.query('COMMIT')
  await opened.settled()
  if (command === 'COMMIT') return
  throw new FtError(
    'internal',
    'a transaction was rolled back at its end: the error of a statement in it was swallowed',
  )
}

/** For losses that the next query on the connection reports. */
const ignore = () => undefined

/** A connection on which ROLLBACK fails must not return to the pool; the caller throws the original error. */
async function rollback(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK')
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code !== undefined && RETRYABLE.has(error.code)
}

/**
 * Whether the database could not be reached, let nobody in, went away or takes no writes for now, as opposed to refusing what it was
 * asked: SQLSTATE classes 08, 28 (logins), 53, 57P, the missing database 3D000, the read-only 25006, the idle 25P03, whatever ends a
 * session (FATAL), and socket errors. Such errors never count as failures of a message.
 */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof FtError) return error.code === 'database_unavailable'
  if (error instanceof pg.DatabaseError) {
    return error.severity === 'FATAL' || /^(08|28|53|57P|3D000|25006|25P03)/.test(error.code ?? '')
  }
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  // ENOENT is a missing socket of the server when it comes from connecting, else some missing file
  if (code === 'ENOENT') return 'syscall' in error && error.syscall === 'connect'
  return (
    /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/.test(code) ||
    /Connection terminated|timeout exceeded when trying to connect|not queryable/.test(error.message)
  )
}

/**
 * Locks, and the work that follows from them, belong to the one server that is written to.
 * @throws FtError database_unavailable when this one takes no writes
 */
export async function assertWritable(db: Queryable): Promise<void> {
  const [row] = await db.query<{ readOnly: string }>(`SELECT current_setting('transaction_read_only') AS "readOnly"`)
  if (row?.readOnly !== 'on') return
  throw new FtError(
    'database_unavailable',
    'the database server takes no writes: it is a standby (DATABASE_URL must lead to the primary), or default_transaction_read_only is on',
  )
}

async function session(
  config: pg.PoolConfig,
  introduce: Introduce,
  asQueryable: AsQueryable,
  onLost: (error: Error) => void,
): Promise<Session> {
  // Without a pipeline an end does not wait for answers that may never come
  const client = new pg.Client({ ...config, pipeline: false })
  let open = false
  const lose = (error: Error) => {
    if (open) onLost(error)
    open = false
  }
  client.on('error', lose)
  client.on('end', () => lose(new Error('Connection terminated: the database ended the session')))
  await connect(client, introduce)
  open = true
  return {
    ...asQueryable(client),
    onNotification: (listener) => client.on('notification', (note) => listener(note.channel, note.payload ?? '')),
    release: async () => {
      open = false
      await client.end()
    },
  }
}
