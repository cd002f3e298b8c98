import { createClient } from '@redis/client'
import { expect, test } from 'vitest'
import { openLimits } from '../../src/cli/compose/limits.js'
import { createMetrics } from '../../src/observability/metrics.js'
import { useTestRedis } from '../support/redisServer.js'

const redis = useTestRedis()
const metrics = createMetrics()
const warnings: string[] = []
const log = { warn: (_fields: object, message: string) => void warnings.push(message) }

test('two processes count together, as exactly as one, and say the same', async () => {
  const first = openLimits(redis.url, log, metrics)
  const second = openLimits(redis.url, log, metrics)
  try {
    expect(await first.limiter.take('both', 3)).toMatchObject({ allowed: true, remaining: 2 })
    expect(await second.limiter.take('both', 3)).toMatchObject({ allowed: true, remaining: 1 })
    expect((await first.limiter.take('both', 3)).allowed).toBe(true)
    const refused = await second.limiter.take('both', 3)
    expect(refused.allowed).toBe(false)
    expect(refused.retryMs).toBeGreaterThan(15_000)
    expect(refused.retryMs).toBeLessThanOrEqual(20_000)
    expect((await second.limiter.take('another', 3)).allowed).toBe(true)
    expect(warnings).toEqual([])
  } finally {
    await first.close()
    await second.close()
  }
})

test('a clock of Redis that goes back by an hour refuses nobody for an hour', async () => {
  const limits = openLimits(redis.url, log, metrics)
  const client = await createClient({ url: redis.url }).connect()
  try {
    await limits.limiter.take('back', 60)
    await client.set('ft:limit:back', String(Date.now() + 3_600_000), { PX: 3_600_000 })
    expect(await limits.limiter.take('back', 60)).toMatchObject({ allowed: true, remaining: 59 })
    expect(await client.pTTL('ft:limit:back')).toBeLessThan(60_000)
  } finally {
    client.destroy()
    await limits.close()
  }
})

test('without Redis each process counts alone: said once, counted, and nobody waits or is refused for it', async () => {
  const limits = openLimits('redis://127.0.0.1:1', log, metrics)
  try {
    expect((await limits.limiter.take('alone', 2)).allowed).toBe(true)
    expect((await limits.limiter.take('alone', 2)).allowed).toBe(true)
    expect((await limits.limiter.take('alone', 2)).allowed).toBe(false)
    expect(warnings).toEqual([expect.stringContaining('for this process alone')])
    expect(await metrics.text()).toContain('ft_api_local_limits_total 1')
  } finally {
    await limits.close()
  }
})
