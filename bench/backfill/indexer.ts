import { openChain } from '../../src/cli/compose/chains.js'
import { openDatabase } from '../../src/cli/compose/database.js'
import { createContext } from '../../src/cli/context.js'
import type { IngestOptions } from '../../src/ingest/options.js'
import { runIngest } from '../../src/ingest/writer.js'
import { recordBlocks } from '../../src/pipeline/fused.js'

/*
 * The process that is measured: ingestion and all stages as `ft up` runs them in backfill, until the last final block is stored.
 * Sends { seconds, cpuSeconds, peakBytes, progress } to its parent; progress is per batch [ledger entries so far, seconds so far, bytes of memory].
 */

const context = createContext()
const config = context.config()
const database = await openDatabase(config, context.logger())
const db = database.open('ft_backfill', { max: 4 })
const [networkConfig] = config.networks
if (networkConfig === undefined) throw new Error('no network is configured')
const { network, adapter, scope } = await openChain(database.owner, networkConfig, null)
const controller = new AbortController()
const progress: [entries: number, seconds: number, memoryBytes: number][] = []
let target = Number.POSITIVE_INFINITY
let entries = 0

const options: IngestOptions = {
  db,
  network,
  adapter,
  scope,
  start: { kind: 'height', height: 0 },
  finality: networkConfig.finality,
  pollMs: 100,
  recordBlocks: (tx, blocks, events) => recordBlocks(tx, network, adapter.parse, blocks, events),
  observer: {
    heads: ({ finalized }) => {
      if (finalized !== null) target = finalized.number
    },
    stored: ({ to }, made) => {
      entries += made
      progress.push([entries, (performance.now() - start) / 1000, process.memoryUsage.rss()])
      if (to >= target) controller.abort()
    },
    fork: () => undefined,
    retry: (error) => {
      throw error
    },
  },
}

const before = process.cpuUsage()
const start = performance.now()
await runIngest(options, controller.signal)
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage(before)
await adapter.close()
await db.end()
await database.close()
const peakBytes = process.resourceUsage().maxRSS * 1024
process.send?.({ seconds, cpuSeconds: (user + system) / 1e6, peakBytes, progress })
process.disconnect()
