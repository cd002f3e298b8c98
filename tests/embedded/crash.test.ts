import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createPool } from '../../src/core/db.js'
import { messageOf } from '../../src/core/errors.js'
import { isServerOf, waitUntilGone } from '../../src/embedded/pidFile.js'
import { Recorder } from '../support/recorder.js'
import { connect, newDataDir, refusal, serverPid, settings, start, startElsewhere } from './harness.js'

test('a server that outlived kill -9 of its process is taken over with its connections', async () => {
  const dataDir = newDataDir()
  const first = await startElsewhere(dataDir)
  const db = connect(first.url)
  await db.query('CREATE TABLE kept AS SELECT 7 AS n')
  const before = await db.query('SELECT pg_backend_pid() AS pid')
  const pid = await serverPid(dataDir)
  await first.kill('SIGKILL')
  const told: string[] = []
  const second = await start(dataDir, { log: (message) => told.push(message) })
  expect(second.url).toBe(first.url)
  expect(await serverPid(dataDir)).toBe(pid)
  expect(told.join()).toContain(`process ${pid}`)
  expect(await db.query('SELECT pg_backend_pid() AS pid')).toEqual(before)
  await second.stop()
  expect(await isServerOf(pid, path.join(dataDir, 'pgdata'))).toBe(false)
})

test('a server that outlived its process with other settings is stopped and started with the wanted ones', async () => {
  const dataDir = newDataDir()
  const first = await startElsewhere(dataDir)
  const db = createPool({ url: first.url, max: 1 })
  await db.query('CREATE TABLE kept AS SELECT 7 AS n')
  await db.end()
  await first.kill('SIGKILL')
  const { url } = await start(dataDir, { settings: { ...settings, work_mem: '9MB' } })
  const rows = await connect(url).query(`SELECT n, current_setting('work_mem') AS work_mem FROM kept`)
  expect(rows).toEqual([{ n: 7, work_mem: '9MB' }])
})

test('a killed server is started again under the same URL, with what was committed', async () => {
  const dataDir = newDataDir()
  const messages = new EventEmitter()
  const { url } = await start(dataDir, { log: (message) => messages.emit(message.replace(/ \(process.*/, '')) })
  const db = connect(url)
  await db.query('CREATE TABLE kept AS SELECT 7 AS n')
  const busy = db.query('SELECT pg_sleep(60)').catch(messageOf)
  const again = once(messages, 'embedded PostgreSQL runs again')
  process.kill(await serverPid(dataDir), 'SIGKILL')
  await again
  expect(await busy).toMatch(/terminat/)
  expect(await db.query('SELECT n FROM kept')).toEqual([{ n: 7 }])
})

test('what keeps a killed server from starting again is told once, and it starts when that is mended', async () => {
  const dataDir = newDataDir()
  const told = new Recorder<string>()
  const { url } = await start(dataDir, { log: () => undefined, warn: told.add })
  const configuration = path.join(dataDir, 'pgdata', 'postgresql.conf')
  const whole = await readFile(configuration, 'utf8')
  await appendFile(configuration, 'no_such_setting = 1\n')
  const failedStarts = async () =>
    (await readFile(path.join(dataDir, 'postgres.log'), 'utf8')).split('contains errors').length - 1
  process.kill(await serverPid(dataDir), 'SIGKILL')
  await expect.poll(failedStarts, { timeout: 15_000 }).toBeGreaterThan(2)
  await writeFile(configuration, whole)
  await told.count(3)
  expect(told.events).toEqual([
    expect.stringMatching(/ended unexpectedly/),
    expect.stringMatching(/cannot be started again: .*no_such_setting/s),
    expect.stringMatching(/runs again/),
  ])
  expect(await connect(url).query('SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('after kill -9 of process and server, the next start waits for what is left of the server', async () => {
  const dataDir = newDataDir()
  const first = await startElsewhere(dataDir)
  const db = connect(first.url)
  await db.query('CREATE TABLE kept AS SELECT 7 AS n')
  // Looks whether the server lives only when it waits for something, which is after the loop.
  const loop = "DO $$ BEGIN WHILE clock_timestamp() < now() + interval '1 s' LOOP END LOOP; END $$"
  const busy = db.query(loop).catch(messageOf)
  await db.query('SELECT 1')
  await first.kill('SIGKILL')
  process.kill(await serverPid(dataDir), 'SIGKILL')
  const second = await start(dataDir)
  expect(await readFile(path.join(dataDir, 'postgres.log'), 'utf8')).toMatch(/shared memory block .* is still in use/)
  expect(await busy).not.toBe('')
  expect(await connect(second.url).query('SELECT n FROM kept')).toEqual([{ n: 7 }])
})

test('a stale pid file whose process id has gone to a stranger does not keep the server from starting', async () => {
  const dataDir = newDataDir()
  const first = await start(dataDir)
  const pidFile = path.join(dataDir, 'pgdata', 'postmaster.pid')
  const content = await readFile(pidFile, 'utf8')
  await first.stop()
  // Of the server's own account: those of others do not disturb PostgreSQL.
  const { uid, gid } = await stat(path.join(dataDir, 'pgdata'))
  const stranger = spawn('sleep', ['60'], { uid, gid })
  await once(stranger, 'spawn')
  onTestFinished(() => void stranger.kill('SIGKILL'))
  await writeFile(pidFile, content.replace(/^\d+/, String(stranger.pid)))
  const second = await start(dataDir)
  expect(await connect(second.url).query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
})

test('of two starts on one folder one runs, and the other is told who does', async () => {
  const dataDir = newDataDir()
  const results = await Promise.allSettled([start(dataDir), start(dataDir)])
  expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await refusal(start(dataDir))).toContain(`process ${process.pid} already runs the embedded PostgreSQL`)
  for (const result of results) {
    if (result.status === 'fulfilled') await result.value.stop()
  }
  const elsewhere = await startElsewhere(dataDir)
  expect(await refusal(start(dataDir))).toContain(`process ${elsewhere.child.pid} already runs`)
})

test('a start on a folder whose process hangs is refused, too, and does not wait for it', async () => {
  const dataDir = newDataDir()
  const holder = await startElsewhere(dataDir)
  holder.child.kill('SIGSTOP')
  expect(await refusal(start(dataDir))).toContain('a process that does not answer already runs the embedded PostgreSQL')
})

test('the log of a server that runs for long is moved aside, and it goes on in the same file', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const dataDir = newDataDir()
  const { url } = await start(dataDir)
  const log = path.join(dataDir, 'postgres.log')
  await appendFile(log, 'x'.repeat(16 * 2 ** 20))
  vi.advanceTimersByTime(60_000)
  const sizeOf = async (file: string) => (await stat(file)).size
  await expect.poll(() => sizeOf(log)).toBe(0)
  expect(await sizeOf(`${log}.1`)).toBeGreaterThan(16 * 2 ** 20)
  await expect(connect(url).query('SELECT no_such_column')).rejects.toThrow('no_such_column')
  await expect.poll(() => readFile(log, 'utf8')).toContain('no_such_column')
  expect(await sizeOf(log)).toBeLessThan(10_000)
})

test('a process that exits without stopping the server takes it along', async () => {
  const dataDir = newDataDir()
  const first = await startElsewhere(dataDir)
  const pid = await serverPid(dataDir)
  first.child.stdin?.end()
  expect(await waitUntilGone(pid, path.join(dataDir, 'pgdata'), 10_000)).toBe(true)
  expect(await readFile(path.join(dataDir, 'postgres.log'), 'utf8')).toContain('database system is shut down')
})

test('a process that exits while the server is starting takes it along', async () => {
  const dataDir = newDataDir()
  const first = await startElsewhere(dataDir)
  first.child.stdin?.end()
  const pgdata = path.join(dataDir, 'pgdata')
  await waitUntilGone(await serverPid(dataDir), pgdata, 10_000)
  const hasty = spawn(process.execPath, [
    ...['--import', 'tsx', fileURLToPath(new URL('hasty.ts', import.meta.url))],
    ...[dataDir, JSON.stringify(settings)],
  ])
  const [line] = await once(createInterface({ input: hasty.stdout }), 'line')
  const pid = Number(line)
  onTestFinished(async () => {
    if (await isServerOf(pid, pgdata)) process.kill(pid, 'SIGQUIT')
  })
  await once(hasty, 'exit')
  expect(await waitUntilGone(pid, pgdata, 10_000)).toBe(true)
})
