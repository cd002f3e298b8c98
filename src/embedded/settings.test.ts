import { expect, test } from 'vitest'
import { bufferSettings } from './settings.js'

const GB = 2 ** 30

test.each([
  [0.5 * GB, '128MB'],
  [4 * GB, '512MB'],
  [24 * GB, '3072MB'],
  [256 * GB, '8192MB'],
])('with %d bytes of memory the server takes %s for its buffers', (memory, shared_buffers) => {
  expect(bufferSettings(memory)).toMatchObject({ shared_buffers })
})
