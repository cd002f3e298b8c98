import { randomUUID } from 'node:crypto'
import { createPool } from '../../src/core/db.js'
import { messageOf } from '../../src/core/errors.js'
import { migrate } from '../../src/core/migrate.js'
import { adminQuery, databaseUrl, dropDatabase } from '../support/admin.js'
import { readCommandLine } from '../support/commandLine.js'
import { startTestServer } from '../support/testServer.js'
import { type Summary, simulate } from './driver.js'
import type { Profile } from './profile.js'

const USAGE = `Usage: npm run test:sim -- [options]

One world after the other, from a seed on, until the time is up. A seed that fails is printed with what it did; the exit code is then 1.

Options:
  --seed N       the first seed (1)
  --minutes M    how long; 0 lives one world (0)
  --steps N      of each world (80)
  --nodes KIND   scripted or evm, instead of what the seed decides
  --bus KIND     embedded or redis, instead of what the seed decides
  --parallel N   worlds at a time (2)
`

const values = readCommandLine(
  USAGE,
  {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '0' },
    steps: { type: 'string', default: '80' },
    nodes: { type: 'string' },
    bus: { type: 'string' },
    parallel: { type: 'string', default: '2' },
  },
  ['seed', 'minutes', 'steps', 'parallel'],
)

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const totals = {
  worlds: 0,
  forks: 0,
  handledForks: 0,
  redelivered: 0,
  kills: 0,
  rewinds: 0,
  lost: 0,
  openings: 0,
  cuts: 0,
  quietPoints: 0,
  failed: 0,
}

/** What is asked for instead of what the seed would decide. */
function chosen(): Partial<Profile> {
  const { nodes, bus } = values
  if (nodes !== undefined && nodes !== 'scripted' && nodes !== 'evm') throw new Error('--nodes is scripted or evm')
  if (bus !== undefined && bus !== 'embedded' && bus !== 'redis') throw new Error('--bus is embedded or redis')
  return { ...(nodes === undefined ? {} : { nodes }), ...(bus === undefined ? {} : { bus }) }
}

/** Lives one world in a database of its own. */
async function live(serverUrl: string, seed: number): Promise<void> {
  const name = `ft_sim_${randomUUID().replaceAll('-', '')}`
  await adminQuery(serverUrl, `CREATE DATABASE ${name} TEMPLATE ft_sim_template STRATEGY file_copy`)
  const url = databaseUrl(serverUrl, name)
  const db = createPool({ url, applicationName: 'sim-admin' })
  const started = performance.now()
  try {
    count(await simulate({ seed, steps: Number(values.steps), database: { url, db }, chosen: chosen() }), started)
  } catch (error) {
    totals.failed += 1
    say(`FAILED ${messageOf(error)}`)
  } finally {
    await db.end()
    await dropDatabase(serverUrl, name)
  }
}

function count(summary: Summary, started: number): void {
  const { seed, kind, steps, blocks, ...counts } = summary
  totals.worlds += 1
  for (const [key, value] of Object.entries(counts)) totals[key as keyof typeof counts] += value
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  say(`seed ${seed} (${kind}): ${steps} steps, ${blocks} blocks, ${JSON.stringify(counts)}, ${seconds} s`)
}

const server = await startTestServer()
try {
  await adminQuery(server.url, 'CREATE DATABASE ft_sim_template TEMPLATE template0')
  const template = createPool({ url: databaseUrl(server.url, 'ft_sim_template'), max: 1 })
  await migrate(template)
  await template.end()
  const deadline = performance.now() + Number(values.minutes) * 60_000
  let next = Number(values.seed)
  const worker = async (): Promise<void> => {
    do {
      const seed = next
      next += 1
      await live(server.url, seed)
    } while (performance.now() < deadline)
  }
  const workers = Number(values.minutes) === 0 ? 1 : Number(values.parallel)
  await Promise.all(Array.from({ length: workers }, worker))
} finally {
  await server.stop()
}
say(`total: ${JSON.stringify(totals)}`)
process.exitCode = totals.failed === 0 ? 0 : 1
