import { expect, test } from 'vitest'
import { freePort } from '../support/ports.js'
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

test('a server that cannot be reached is named without its password', async () => {
  const port = await freePort()
  expect(await ft(['migrate'], { DATABASE_URL: `postgres://ft:pa55word@127.0.0.1:${port}/ft` })).toEqual({
    code: 1,
    stdout: '',
    stderr: `ft: The database of DATABASE_URL (postgres://127.0.0.1:${port}/***) cannot be reached\n  because: connect ECONNREFUSED 127.0.0.1:${port}\n`,
  })
})
