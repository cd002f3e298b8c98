import { expect, test } from 'vitest'
import { cliHarness } from './harness.js'

const { ft } = cliHarness()

test('without a server there is nothing to migrate, and the message says what to do', async () => {
  expect(await ft(['migrate'])).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'ft: DATABASE_URL: is not set, and ft migrate works on a server only (ft up migrates the embedded database itself), for example DATABASE_URL=postgres://localhost:5432/ft\n',
  })
})
