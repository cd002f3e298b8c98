import { expect, test } from 'vitest'
import { freePort } from '../support/ports.js'
import { cliHarness } from './harness.js'

const { ft } = cliHarness()

test.each([
  'migrate',
  'keys list',
  'keys create --name a',
  'rewind --network polygon --to 5 --yes',
  'rebuild-projections',
])('ft %s names a server that cannot be reached, without its password, and says what to check', async (command) => {
  const port = await freePort()
  const env = { DATABASE_URL: `postgres://ft:pa55word@127.0.0.1:${port}/ft`, POLYGON_RPC_URL: 'http://127.0.0.1:9' }
  expect(await ft(command.split(' '), env)).toEqual({
    code: 1,
    stdout: '',
    stderr: `ft: The database (postgres://127.0.0.1:${port}/***) cannot be reached: check DATABASE_URL, and that the server runs and accepts connections from here\n  because: connect ECONNREFUSED 127.0.0.1:${port}\n`,
  })
})
