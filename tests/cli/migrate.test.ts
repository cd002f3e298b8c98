import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { cliHarness } from './harness.js'

const { ft } = cliHarness()

/** A port of this machine on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test('without a server there is nothing to migrate, and the message says what to do', async () => {
  expect(await ft(['migrate'])).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'ft: DATABASE_URL: is not set, and ft migrate works on a server only (ft up migrates the embedded database itself), for example DATABASE_URL=postgres://localhost:5432/ft\n',
  })
})

test('a server that cannot be reached is named without its password', async () => {
  const port = await closedPort()
  expect(await ft(['migrate'], { DATABASE_URL: `postgres://ft:pa55word@127.0.0.1:${port}/ft` })).toEqual({
    code: 1,
    stdout: '',
    stderr: `ft: The database of DATABASE_URL (postgres://127.0.0.1:${port}/***) cannot be reached\n  because: connect ECONNREFUSED 127.0.0.1:${port}\n`,
  })
})
