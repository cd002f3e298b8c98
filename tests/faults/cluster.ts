import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { listDeadLetters } from '../../src/bus/deadLetters.js'
import { createPool, type Db } from '../../src/core/db.js'
import { isServerOf, readPidFile } from '../../src/embedded/pidFile.js'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.js'
import { fastSettings } from '../../src/embedded/settings.js'
import { startTestRedis, type TestRedis } from '../support/redisServer.js'
import { buildChain, forkAt, type LogSpec, type ReplayChain } from '../support/replay/chain.js'
import { type Replay, startReplay } from '../support/replay/server.js'
import { type RunningSystem, startSystem } from '../support/system.js'
import { makeFolder } from '../support/temporaryFolder.js'
import { allRows } from '../support/world/snapshot.js'
import { busyBlocks } from './load.js'
import { type Role, startWorker, type Worker } from './workers.js'

const PATIENCE_MS = 120_000

/** Several real processes on a real PostgreSQL and Redis, which read a scripted chain; and one process that reads it in order. */
export class Cluster {
  readonly workers = new Set<Worker>()
  /** Processes that died without being killed, with their last lines. */
  readonly casualties: string[] = []
  readonly #blocks: readonly (readonly LogSpec[])[]
  readonly #replay: Replay
  #chain: ReplayChain
  readonly #folder: string
  readonly #postgres: { readonly url: string; stop(): Promise<void> }
  readonly #reference: RunningSystem
  readonly #referenceDb: Db
  readonly db: Db
  redis: TestRedis

  static async start(seed: number, blocks: number): Promise<Cluster> {
    const happens = busyBlocks(seed, blocks)
    const chain = buildChain(happens)
    const replay = await startReplay(chain, { head: 3 })
    const folder = makeFolder('ft-test-faults-')
    // A killed server must have what it committed: only a crash of the machine may lose it.
    const settings = { ...fastSettings, synchronous_commit: 'on', max_connections: '200' }
    const postgres = await startEmbeddedPostgres({ dataDir: folder, settings })
    const redis = await startTestRedis()
    const truth = new URL(postgres.url)
    truth.pathname = '/truth'
    const db = createPool({ url: postgres.url, max: 4 })
    await db.query('CREATE DATABASE truth')
    const reference = await startSystem({ ...chainEnv(replay), DATABASE_URL: truth.href, FT_DATA_DIR: folder })
    return new Cluster(
      happens,
      chain,
      replay,
      folder,
      postgres,
      redis,
      db,
      reference,
      createPool({ url: truth.href, max: 4 }),
    )
  }

  private constructor(
    blocks: readonly (readonly LogSpec[])[],
    chain: ReplayChain,
    replay: Replay,
    folder: string,
    postgres: { readonly url: string; stop(): Promise<void> },
    redis: TestRedis,
    db: Db,
    reference: RunningSystem,
    referenceDb: Db,
  ) {
    this.#blocks = blocks
    this.#chain = chain
    this.#replay = replay
    this.#folder = folder
    this.#postgres = postgres
    this.redis = redis
    this.db = db
    this.#reference = reference
    this.#referenceDb = referenceDb
  }

  /** Starts a worker; `hook` as in killer.ts. One that ends with 0, or that `kill` ended, is no casualty. */
  start(role: Role, hook: NodeJS.ProcessEnv = {}): Worker {
    const env = { ...chainEnv(this.#replay), DATABASE_URL: this.#postgres.url, REDIS_URL: this.redis.url }
    const worker = startWorker(role, env, hook)
    this.workers.add(worker)
    void worker.exit.then(({ code, signal }) => {
      this.workers.delete(worker)
      if (code !== 0 && signal !== 'SIGKILL')
        this.casualties.push(`${role} ended with ${code ?? signal}:\n${worker.lines.join('\n')}`)
    })
    return worker
  }

  /** Sends a signal and waits for the end. */
  async end(worker: Worker, signal: NodeJS.Signals): Promise<number | null> {
    worker.process.kill(signal)
    return (await worker.exit).code
  }

  /** Lets the chain grow, block by block, over `ms`. */
  async grow(blocks: number, ms: number): Promise<void> {
    for (let n = 0; n < blocks; n += 1) {
      this.#replay.setHead(this.#replay.head + 1)
      await delay(ms / blocks)
    }
  }

  /** Replaces the last blocks by one more than they were, whose transactions do the same under other hashes. */
  fork(depth: number): void {
    const { head } = this.#replay
    const ancestor = head - depth
    this.#chain = forkAt(this.#chain, ancestor, this.#blocks.slice(ancestor), {
      salt: `fork at ${ancestor} of ${head}`,
    })
    this.#replay.setChain(this.#chain, head + 1)
  }

  /** The server's process; after it was killed, the one that takes its place. */
  async postgresPid(): Promise<number> {
    for (const end = Date.now() + 30_000; Date.now() < end; await delay(20)) {
      const file = await readPidFile(path.join(this.#folder, 'pgdata'))
      if (file !== undefined && (await isServerOf(file.pid, path.join(this.#folder, 'pgdata')))) return file.pid
    }
    throw new Error('no server took the place of the one that ended')
  }

  /** Stops the server with all of its processes for a while, so that connections stay open and nothing answers. */
  async pausePostgres(ms: number): Promise<void> {
    const postmaster = await this.postgresPid()
    const pids = [postmaster, ...childrenOf(postmaster)]
    for (const pid of pids) signalIfAlive(pid, 'SIGSTOP')
    await delay(ms)
    for (const pid of pids) signalIfAlive(pid, 'SIGCONT')
  }

  async pauseRedis(ms: number): Promise<void> {
    this.redis.process.kill('SIGSTOP')
    await delay(ms)
    this.redis.process.kill('SIGCONT')
  }

  /** Another server on the same port, with nothing in it. */
  async emptyRedis(): Promise<void> {
    const { port } = this.redis
    await this.redis.stop()
    this.redis = await startTestRedis({ port })
  }

  /**
   * Waits until everything that the chain has reached the read models, nothing waits, and the rows are those of reading the chain
   * in order. `deadLetters` is what must be in the dead letters.
   * @throws Error that says what differs, or which process died
   */
  async settled(deadLetters: readonly string[] = []): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    for (let last = 'nothing was looked at'; ; await delay(250)) {
      if (this.casualties.length > 0)
        throw new Error(`a process died that was not killed: ${this.casualties.join('\n')}`)
      if (performance.now() > deadline) throw new Error(`not settled in ${PATIENCE_MS} ms: ${last}\n${this.#tails()}`)
      try {
        const difference = await this.#difference(deadLetters)
        if (difference === null) return
        last = difference
      } catch (error) {
        last = String(error)
      }
    }
  }

  async close(): Promise<void> {
    const ends = [...this.workers].map((worker) => this.end(worker, 'SIGKILL'))
    await Promise.all(ends)
    await this.#reference.stop()
    await Promise.all([this.db.end(), this.#referenceDb.end()])
    await this.redis.stop()
    await this.#postgres.stop()
    await this.#replay.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #difference(deadLetters: readonly string[]): Promise<string | null> {
    for (const [name, db] of [
      ['reference', this.#referenceDb],
      ['cluster', this.db],
    ] as const) {
      const [row] = await db.query<{ projected: number | null; pending: number }>(
        `SELECT (SELECT projected_number FROM projection.network_status) AS projected,
                (SELECT count(*)::int FROM system.outbox_events WHERE published_at IS NULL) AS pending`,
      )
      if (row?.projected !== this.#replay.head) return `${name} is at block ${row?.projected} of ${this.#replay.head}`
      if (row.pending > 0) return `${row.pending} messages wait in the outbox of the ${name}`
    }
    const letters = (await listDeadLetters(this.db)).map(({ code }) => code)
    if (letters.join() !== deadLetters.join()) return `dead letters: ${letters.join()}`
    const [expected, found] = [await comparable(this.#referenceDb), await comparable(this.db)]
    for (const [index, { table, rows }] of expected.entries()) {
      const other = found[index]?.rows ?? []
      const missing = rows.filter((row) => !other.includes(row))
      const extra = other.filter((row) => !rows.includes(row))
      if (rows.length !== other.length || missing.length > 0)
        return `${table}: ${rows.length} rows in order, ${other.length} here; missing ${missing[0]}, not expected ${extra[0]}`
    }
    return null
  }

  #tails(): string {
    return [...this.workers].map(({ role, lines }) => `${role}:\n${lines.slice(-5).join('\n')}`).join('\n')
  }
}

/** All rows, without what says how often, and when, somebody looked at the chain. */
async function comparable(db: Db): Promise<{ table: string; rows: string[] }[]> {
  const tables = await allRows(db)
  return tables.map(({ table, rows }) => ({
    table,
    rows: rows.map((row) => row.replace(/"heads_order": \d+, |"found_at": "[^"]*", /g, '')),
  }))
}

function chainEnv(replay: Replay): Record<string, string> {
  return { POLYGON_RPC_URL: replay.url, POLYGON_START_BLOCK: '0', FT_METRICS_PORT: '0' }
}

/** A session may end between the look at the processes and the signal. */
function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent)
}

function parentOf(pid: number): number | null {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    // it has ended since the folder was read
    return null
  }
}
