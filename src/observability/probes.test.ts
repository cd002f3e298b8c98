import { describe, expect, onTestFinished, test } from 'vitest'
import { createMetrics } from './metrics.js'
import { type Probes, type ProcessHealth, serveProbes } from './probes.js'

async function start(health: () => ProcessHealth, port = 0): Promise<Probes> {
  const probes = await serveProbes({ host: '127.0.0.1', port, health, metrics: createMetrics() })
  onTestFinished(() => probes.close())
  return probes
}

describe('probes', () => {
  test('liveness answers whatever the state, readiness follows it and says why not', async () => {
    let health: ProcessHealth = { ready: false, reason: 'starting' }
    const { url } = await start(() => health)
    expect((await fetch(`${url}/health`)).status).toBe(200)
    const starting = await fetch(`${url}/health/ready`)
    expect(starting.status).toBe(503)
    expect(await starting.json()).toMatchObject({ status: 'not ready', reason: 'starting' })
    health = { ready: true, reason: null }
    const ready = await fetch(`${url}/health/ready?verbose`)
    expect(ready.status).toBe(200)
    expect(await ready.json()).toMatchObject({ status: 'ready' })
  })

  test('metrics are the text of a scrape', async () => {
    const { url } = await start(() => ({ ready: true, reason: null }))
    const answer = await fetch(`${url}/metrics`)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(await answer.text()).toContain('# TYPE ft_task_failures_total counter')
  })

  test('other paths and methods are refused', async () => {
    const { url } = await start(() => ({ ready: true, reason: null }))
    expect((await fetch(`${url}/`)).status).toBe(404)
    const post = await fetch(`${url}/health`, { method: 'POST' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  test('a port that is taken is refused with the way out', async () => {
    const { url } = await start(() => ({ ready: true, reason: null }))
    const port = Number(new URL(url).port)
    await expect(start(() => ({ ready: true, reason: null }), port)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('FT_METRICS_PORT=0 takes a free one'),
    })
  })
})
