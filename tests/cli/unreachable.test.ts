import { expect, test } from 'vitest'
import { databaseUrl } from '../support/admin.js'
import { useTestDatabase } from '../support/database.js'
import { freePort } from '../support/ports.js'
import { cliHarness } from './harness.js'

const { ft } = cliHarness()
const database = useTestDatabase({ migrated: false })

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

test.each(['migrate', 'status', 'keys list'])(
  'ft %s names a database that does not exist, and says what to do',
  async (command) => {
    const url = databaseUrl(database.url, 'nowhere')
    const { code, stderr } = await ft(command.split(' '), { DATABASE_URL: url, POLYGON_RPC_URL: 'http://127.0.0.1:9' })
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /\) does not exist: create it, or correct the name in DATABASE_URL\n {2}because: database "nowhere"/,
    )
  },
)

test('a server that refuses the login is named, with what to check', async () => {
  const url = new URL(database.url)
  url.username = 'nobody'
  const { code, stderr } = await ft(['migrate'], { DATABASE_URL: url.href, POLYGON_RPC_URL: 'http://127.0.0.1:9' })
  expect(code).toBe(1)
  expect(stderr).toMatch(/\) refuses the login: check user and password in DATABASE_URL.*\n {2}because: .*"nobody"/)
})
