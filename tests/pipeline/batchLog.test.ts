import { expect, onTestFinished, test } from 'vitest'
import { EmbeddedBus } from '../../src/bus/embedded.js'
import { createLogger } from '../../src/observability/logger.js'
import { pipelineTasks } from '../../src/pipeline/tasks.js'
import { provider } from '../../src/worker/dependency.js'
import { Runner } from '../../src/worker/runner.js'
import { createTestDatabase } from '../support/database.js'
import { publishBlock, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { randomChain, worldParser } from '../support/world/world.js'

test('every stage logs one line per batch, with network, task, block and ids, and none per event', async () => {
  const { db, drop } = await createTestDatabase()
  onTestFinished(drop)
  const network = await worldNetwork(db)
  const random = createRandom(3)
  const chain = randomChain(random, 30, 5)
  for (const block of chain) await publishBlock(db, network, block, random)

  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const deps = {
    db: provider({ name: 'db', start: () => db }),
    networks: provider({ name: 'networks', start: () => new Map([['polygon', { network, parse: worldParser }]]) }),
  }
  const bus = provider({ name: 'bus', start: () => new EmbeddedBus({ db }), stop: (running) => running.close() })
  const log = createLogger({ level: 'debug', format: 'json', destination })
  const runner = new Runner({ tasks: pipelineTasks(deps, ['polygon']), streams: bus, log })
  let runs = 0
  runner.events.on('succeeded', () => {
    runs += 1
  })
  await runner.start()
  await expect
    .poll(() => db.query('SELECT projected_number AS n FROM projection.network_status'), { timeout: 20_000 })
    .toEqual([{ n: 29 }])
  await runner.stop()

  const batches = lines.filter(({ msg }) => msg === 'batch applied')
  expect(batches).toHaveLength(runs)
  for (const line of batches)
    expect(line).toMatchObject({ network: 'polygon', messages: expect.any(Number), block: expect.any(Number) })
  const events = chain.reduce((sum, block) => sum + block.events.length, 0)
  const normalized = batches.filter(({ task }) => task === 'normalizer')
  expect(normalized.reduce((sum, line) => sum + Number(line['events']), 0)).toBe(events)
  expect(normalized[0]).toMatchObject({ first: chain[0]?.events[0]?.sourceEventId, last: expect.any(String) })
  expect(new Set(batches.map(({ task }) => task))).toEqual(new Set(['normalizer', 'ownership-updater', 'projector']))
  expect(lines.length).toBeLessThan(events)
})
