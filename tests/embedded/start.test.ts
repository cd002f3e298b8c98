import { existsSync } from 'node:fs'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createPool } from '../../src/core/db.js'
import { findEmbeddedPostgres } from '../../src/embedded/find.js'
import { connect, newDataDir, refusal, serverPid, start } from './harness.js'

test('the first start gives an empty UTF8 database in code point order, on loopback and behind a password', async () => {
  const dataDir = newDataDir()
  const { url } = await start(dataDir)
  const db = connect(url)
  const [facts] = await db.query(`
    SELECT current_user AS "user", current_database() AS database, pg_encoding_to_char(encoding) AS encoding,
      current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets,
      array(SELECT * FROM (VALUES ('b'), ('B'), ('a'), ('ä')) v (letter) ORDER BY letter) AS sorted, lower('ÄЖ') AS lower
    FROM pg_database WHERE datname = current_database()`)
  expect(facts).toEqual({
    user: 'ft',
    database: 'ft',
    encoding: 'UTF8',
    addresses: '127.0.0.1',
    sockets: '',
    sorted: ['B', 'a', 'b', 'ä'],
    lower: 'äж',
  })
  const wrong = new URL(url)
  wrong.password = 'guess'
  await expect(connect(wrong.href).query('SELECT 1')).rejects.toThrow(/password authentication failed/)
  expect(await readFile(path.join(dataDir, 'postgres.log'), 'utf8')).toContain('ready to accept connections')
})

test('the data is there again at the next start', async () => {
  const dataDir = newDataDir()
  const first = await start(dataDir)
  const db = createPool({ url: first.url, max: 1 })
  await db.query('CREATE TABLE kept AS SELECT 7 AS n')
  await db.end()
  await first.stop()
  expect(existsSync(path.join(dataDir, 'pgdata', 'postmaster.pid'))).toBe(false)
  const second = await start(dataDir)
  expect(await connect(second.url).query('SELECT n FROM kept')).toEqual([{ n: 7 }])
})

test('another process finds a running server, and none where none runs', async () => {
  const dataDir = newDataDir()
  expect(await findEmbeddedPostgres(dataDir)).toBeNull()
  const { url, stop } = await start(dataDir)
  expect(await findEmbeddedPostgres(dataDir)).toBe(url)
  await stop()
  expect(await findEmbeddedPostgres(dataDir)).toBeNull()
})

test('stop() may be called twice, and with connections open', async () => {
  const server = await start(newDataDir())
  const db = connect(server.url)
  await db.query('SELECT 1')
  await Promise.all([server.stop(), server.stop()])
  await expect(db.query('SELECT 1')).rejects.toThrow()
})

test('a creation that was interrupted is made anew', async () => {
  const dataDir = newDataDir()
  await mkdir(path.join(dataDir, 'initdb.tmp', 'base'), { recursive: true })
  await writeFile(path.join(dataDir, 'initdb.tmp', 'PG_VERSION'), '18\n')
  await writeFile(path.join(dataDir, 'password'), 'old')
  const { url } = await start(dataDir)
  expect(await connect(url).query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(existsSync(path.join(dataDir, 'initdb.tmp'))).toBe(false)
})

test('data of another PostgreSQL version is refused with both versions', async () => {
  const dataDir = newDataDir()
  await (await start(dataDir)).stop()
  await writeFile(path.join(dataDir, 'pgdata', 'PG_VERSION'), '14\n')
  expect(await refusal(start(dataDir))).toMatch(/written by PostgreSQL 14, this is 18/)
  await writeFile(path.join(dataDir, 'pgdata', 'PG_VERSION'), '18\n')
  await start(dataDir)
})

test('a wanted port that is taken is named', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  expect(await refusal(start(newDataDir(), { port }))).toContain(`port ${port} on 127.0.0.1 is taken`)
})

test('a setting that PostgreSQL refuses is told in its own words', async () => {
  const message = await refusal(start(newDataDir(), { settings: { fsync: 'off', shared_buffers: 'much' } }))
  expect(message).toMatch(/does not start .*invalid value for parameter "shared_buffers": "much"/)
})

test('the server never runs as root, also below a folder that only its owner may enter', async () => {
  const dataDir = newDataDir()
  expect((await stat(path.dirname(dataDir))).mode & 0o777).toBe(0o700)
  await start(dataDir)
  const { uid } = await stat(`/proc/${await serverPid(dataDir)}`)
  expect(uid).not.toBe(0)
  expect((await stat(path.join(dataDir, 'pgdata'))).uid).toBe(uid)
})
