import { afterEach, expect, test } from 'vitest'
import { startApi, useApi } from './apiFixture.js'

/* Liveness and readiness. */

const api = useApi()

afterEach(async () => {
  await api.owner.query(`UPDATE projection.network_status SET state = 'live'`)
})

test('200: the process answers', async () => {
  const { status, body, headers } = await api.get('/health')
  expect([status, body, headers['cache-control']]).toEqual([200, { status: 'ok' }, 'no-store'])
})

test('200: it is ready when every network is live', async () => {
  const { status, body } = await api.get('/health/ready')
  expect(status).toBe(200)
  expect(body).toMatchObject({ status: 'ready' })
  expect(body.checks.map(({ name }: { name: string }) => name)).toEqual(['database', 'network polygon', 'network ton'])
})

test.each(['backfilling', 'disputed'])('503: a network that is %s is the reason', async (state) => {
  await api.owner.query(`UPDATE projection.network_status SET state = $1 WHERE name = 'polygon'`, [state])
  const { status, body } = await api.get('/health/ready')
  expect(status).toBe(503)
  expect(body).toMatchObject({ code: 'not_ready', detail: expect.stringContaining(`network polygon: ${state}`) })
})

test('503: without a database it is not ready, but alive', async () => {
  const lost = startApi('postgres://ft@127.0.0.1:1/none')
  try {
    expect((await lost.get('/health')).status).toBe(200)
    const { status, body } = await lost.get('/health/ready')
    expect([status, body.detail]).toEqual([503, 'database: cannot be reached'])
  } finally {
    await lost.close()
  }
})

test('400: an unknown parameter is named', async () => {
  expect((await api.get('/health?deep=1')).body).toMatchObject({ status: 400, errors: [{ field: 'deep' }] })
})
