import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { createPool, isConnectionError } from '../../src/core/db.js'
import { databaseUrl } from '../support/admin.js'
import { useTestDatabase } from '../support/database.js'

const database = useTestDatabase({ migrated: false })
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** The end of a server's answer to a login: it is ready for queries. */
const READY = Buffer.from('Z\0\0\0\u0005I', 'latin1')

/** What a server says when it is shut down, or an administrator ends the connection. */
function terminated(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0')
  const length = Buffer.alloc(4)
  length.writeInt32BE(fields.length + 4)
  return Buffer.concat([Buffer.from('E'), length, fields])
}

/** A way to the server on which "ready" and "terminated" arrive together, as they do when the machine is busy. */
async function proxy(url: string): Promise<string> {
  const { port, hostname } = new URL(url)
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    client.pipe(upstream)
    upstream.on('data', (chunk) => {
      if (chunk.subarray(-READY.length).equals(READY)) client.end(Buffer.concat([chunk, terminated()]))
      else client.write(chunk)
    })
    for (const socket of [client, upstream]) {
      socket.on('error', () => socket.destroy())
      socket.on('close', () => (socket === client ? upstream : client).destroy())
    }
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const through = new URL(url)
  through.port = String(address.port)
  return through.href
}

test('a connection that is ended the moment it is made fails its transaction, and not the process', async () => {
  const pool = createPool({ url: await proxy(database.url), max: 1 })
  try {
    const uncaught: unknown[] = []
    const listener = (error: unknown) => uncaught.push(error)
    process.on('uncaughtExceptionMonitor', listener)
    const error: unknown = await pool.transaction((tx) => tx.query('SELECT 1')).catch((reason: unknown) => reason)
    process.off('uncaughtExceptionMonitor', listener)
    expect(uncaught).toEqual([])
    expect(isConnectionError(error)).toBe(true)
  } finally {
    await pool.end()
  }
})

test.each([
  ['a missing database', '3D000', 'nowhere', null],
  ['a database that takes no connections', '55000', 'closed', null],
  ['a password that is wrong', '28P01', null, 'nobody'],
  ['a role that may not log in', '28000', null, 'barred'],
])('%s is an outage: nobody gets in, and it may pass', async (_, code, name, user) => {
  const url = new URL(name === null ? database.url : databaseUrl(database.url, name))
  url.username = user ?? url.username
  await database.db.query(`CREATE ROLE barred NOLOGIN PASSWORD '${url.password}'`)
  await database.db.query('CREATE DATABASE closed ALLOW_CONNECTIONS false')
  const refused = createPool({ url: url.href, max: 1 })
  onTestFinished(async () => {
    await refused.end()
    await database.db.query('DROP ROLE barred')
    await database.db.query('DROP DATABASE closed')
  })
  const error: unknown = await refused.query('SELECT 1').catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code })
  expect(isConnectionError(error)).toBe(true)
  await expect(refused.session(() => undefined)).rejects.toSatisfy(isConnectionError)
})
