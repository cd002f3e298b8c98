import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { table } from '../../src/cli/table.js'
import { createPool, type Db } from '../../src/core/db.js'
import type { RawEvent } from '../../src/core/events.js'
import { migrate } from '../../src/core/migrate.js'
import { type Network, registerNetwork } from '../../src/core/networks.js'
import { startTonDevnet, type TonDevnet } from '../../src/devnet/ton/network.js'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.js'
import type { ChainAdapter } from '../../src/ingest/adapter.js'
import { createTonAdapter } from '../../src/ingest/ton/adapter.js'
import { parseExactJson } from '../../src/ingest/ton/json.js'
import { tonTransactions } from '../../src/ingest/ton/wire.js'
import { runIngest } from '../../src/ingest/writer.js'
import { recordBlocks } from '../../src/pipeline/fused.js'
import type { Figure } from '../figures.js'
import { rememberAnswers } from './answers.js'

export interface TonOptions {
  readonly seed: number
  /** File for the figures as JSON. */
  readonly json: string | undefined
}

const SEQNOS = 300
/** The TVM produces some tens of transactions per second, so parsing is measured over the same ones again and again. */
const REPEATS = 20

interface Measured {
  readonly transactions: number
  readonly events: number
  readonly facts: number
  /** Seconds of each part, for all transactions once. */
  readonly download: number
  readonly json: number
  readonly validate: number
  readonly parse: number
  readonly read: number
  readonly whole: number
}

/**
 * Indexes a TON development chain from its first seqno into an empty embedded PostgreSQL, and prints transactions per second of
 * parsing and of the whole path; beside them, from the same run, what the parts below cost: download of all answers, their JSON, their
 * validation. What contracts answer was asked for before, so that the TVM's time is not in the figures. Wrong owners fail the run.
 */
export async function ton({ seed, json }: TonOptions): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ft-bench-ton-'))
  const log = { info: () => undefined, error: () => undefined }
  const devnet = await startTonDevnet({ dataDir: null, blockTimeMs: null, seed, log })
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  const owner = createPool({ url: server.url, max: 2 })
  const db = createPool({ url: server.url, max: 4, role: 'ft_backfill' })
  const answers = await rememberAnswers(devnet.url)
  const open = () => createTonAdapter({ network: 'ton', chainId: -239, urls: [answers.url], apiKey: null })
  try {
    await migrate(owner)
    await devnet.produceActivity(SEQNOS)
    await readAll(open(), devnet.head().seqno)
    const network = await benchNetwork(owner)
    const measured = await measure(answers.url, devnet.head().seqno, { db, network, open })
    await verify(devnet, owner)
    report(measured)
    if (json !== undefined) await writeFile(json, JSON.stringify(measured, null, 2))
    const { transactions, download, json: parsing, parse, whole } = measured
    const rate = { unit: 'transactions/s', better: 'more' } as const
    return [
      { name: 'parse', value: transactions / parse, floor: transactions / parsing, ...rate },
      { name: 'whole path', value: transactions / whole, floor: transactions / download, ...rate },
    ]
  } finally {
    await db.end()
    await owner.end()
    await server.stop()
    await answers.close()
    await devnet.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

interface System {
  /** Pool of the role that backfills. */
  readonly db: Db
  readonly network: Network
  readonly open: () => ChainAdapter
}

async function measure(url: string, head: number, { db, network, open }: System): Promise<Measured> {
  const [texts, download] = await timed(async () => {
    const found: string[] = []
    for (let seqno = 1; seqno <= head; seqno += 1) {
      const answer = await fetch(`${url}/v2/blockchain/masterchain/${seqno}/transactions`)
      found.push(await answer.text())
    }
    return found
  })
  const [answers, json] = await timed(() => repeated(() => texts.map(parseExactJson)))
  const [parsed, validate] = await timed(() => repeated(() => answers.map((one) => tonTransactions.parse(one))))
  const [events, read] = await timed(() => readAll(open(), head))
  const adapter = open()
  const [result, parse] = await timed(() => repeated(() => adapter.parse(events)))
  await adapter.close()
  const [, whole] = await timed(() => index(db, network, open(), head))
  return {
    transactions: parsed.reduce((sum, { transactions }) => sum + transactions.length, 0),
    events: events.length,
    facts: result.facts.length,
    ...{ download, json: json / REPEATS, validate: validate / REPEATS, parse: parse / REPEATS, read, whole },
  }
}

async function timed<T>(work: () => T | Promise<T>): Promise<[T, number]> {
  const started = performance.now()
  const value = await work()
  return [value, (performance.now() - started) / 1000]
}

function repeated<T>(work: () => T): T {
  for (let left = REPEATS; left > 1; left -= 1) work()
  return work()
}

/** Everything up to the raw events: requests, checks, what contracts are asked. */
async function readAll(adapter: ChainAdapter, head: number): Promise<RawEvent[]> {
  const events: RawEvent[] = []
  for (let from = 1; from <= head; from += 64) {
    const { blocks } = await adapter.range(from, Math.min(head, from + 63))
    for (const { header, events: found } of blocks) {
      for (const event of found) {
        events.push({ ...event, payload: { ...event.payload }, blockNumber: header.number, fork: 0 })
      }
    }
  }
  await adapter.close()
  return events
}

const finality = { rule: 'depth', depth: 0 } as const

async function benchNetwork(owner: Db): Promise<Network> {
  return await registerNetwork(owner, {
    ...{ name: 'ton', chain: 'ton', chainId: -239, scope: 'all', endpoints: [] },
    nativeCurrency: { symbol: 'TON', decimals: 9 },
    finality,
  })
}

/** The whole path: read, parse, ledger, state, read models. */
async function index(db: Db, network: Network, adapter: ChainAdapter, head: number): Promise<void> {
  const done = new AbortController()
  const nothing = (): void => undefined
  await runIngest(
    {
      ...{ db, network, adapter, scope: 'all', finality, pollMs: 100, start: { kind: 'height', height: 1 } },
      recordBlocks: (tx, blocks, raw) => recordBlocks(tx, network, adapter.parse, blocks, raw),
      observer: {
        ...{ heads: nothing, fork: nothing },
        stored: ({ to }) => {
          if (to >= head) done.abort()
        },
        retry: (error) => {
          throw error
        },
      },
    },
    done.signal,
  )
  await adapter.close()
}

async function verify(devnet: TonDevnet, db: Db): Promise<void> {
  const rows = await db.query<{ row: string }>(
    `SELECT '0:' || substr(encode(address, 'hex'), 3) || ' ' || coalesce('0:' || substr(encode(owner, 'hex'), 3), 'nobody') AS row
     FROM projection.asset_cards`,
  )
  const wanted = devnet.holdings().map(({ item, owner, sale }) => `${item} ${sale?.seller ?? owner ?? 'nobody'}`)
  const found = rows.map(({ row }) => row).sort()
  if (JSON.stringify(found) !== JSON.stringify(wanted.sort())) throw new Error('the owners are wrong')
}

function report(measured: Measured): void {
  const { transactions, events, facts, whole } = measured
  const rate = (seconds: number): string => Math.round(transactions / seconds).toLocaleString('en')
  console.log(
    table(
      [
        ['floor: download alone', rate(measured.download)],
        ['floor: JSON without floats', rate(measured.json)],
        ['validation', rate(measured.validate)],
        ['parse (events to facts)', rate(measured.parse)],
        ['read (requests, checks, contracts asked)', rate(measured.read)],
        ['whole path, from TonAPI to read models', rate(whole)],
      ],
      ['part', 'transactions/s'],
    ),
  )
  console.log(`${transactions} transactions, ${events} events, ${facts} facts; owners right\n`)
}
