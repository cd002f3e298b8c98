import { expect, test } from 'vitest'
import { publishTask } from '../../src/cli/compose/publish.js'
import { createLogger } from '../../src/observability/logger.js'
import { provider } from '../../src/worker/dependency.js'
import { Runner } from '../../src/worker/runner.js'
import { useTestDatabase } from '../support/database.js'
import { startTestRedis } from '../support/redisServer.js'

const database = useTestDatabase()
const PATIENCE = { timeout: 20_000, interval: 20 }

test('a publisher that cannot reach Redis is not ready, and says why; it is again when Redis is back', async () => {
  const redis = await startTestRedis()
  const db = provider({ name: 'db', start: () => database.db })
  const log = createLogger({ level: 'silent', format: 'json' })
  const runner = new Runner({ tasks: [publishTask({ db, url: redis.url, readers: [], log })] })
  await runner.start()
  await expect.poll(() => runner.health(), PATIENCE).toMatchObject({ ready: true })
  await redis.stop()
  await expect
    .poll(() => runner.health(), PATIENCE)
    .toMatchObject({ ready: false, reason: expect.stringContaining('outbox-publisher: ') })
  const again = await startTestRedis({ port: redis.port })
  await expect.poll(() => runner.health(), PATIENCE).toMatchObject({ ready: true })
  await runner.stop()
  await again.stop()
})
