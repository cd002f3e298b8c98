import { expect, onTestFinished, test } from 'vitest'
import { startApi } from './apiFixture.js'

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', '0.0.0.0'],
  ['::', '[::]'],
])('an API that was told to listen on %s says so', async (host, shown) => {
  const { api, close } = startApi('postgres://127.0.0.1:1/none', { host })
  onTestFinished(close)
  const url = await api.listen()
  expect(url).toBe(`http://${shown}:${new URL(url).port}`)
  expect((await fetch(`${url}/health`)).status).toBe(200)
})
