import { once } from 'node:events'
import { createServer } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isServerOf, waitUntilGone } from '../../src/embedded/pidFile.js'
import { startFt } from '../support/ftProcess.js'
import { temporaryFolder } from '../support/temporaryFolder.js'
import { serverPid } from './harness.js'

/** The URL of somebody who takes what one says and never answers, and the moment at which somebody has come. */
async function silence(): Promise<{ url: string; visited: Promise<unknown> }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    visited: once(server, 'connection'),
  }
}

test('a command that Ctrl-C ends before its work has begun takes the server along that it has started', async () => {
  const { url, visited } = await silence()
  const dataDir = temporaryFolder()
  const folder = path.join(dataDir, 'postgres')
  const command = startFt(['backfill', '--network', 'polygon', '--from', '1', '--to', '2'], {
    FT_DATA_DIR: dataDir,
    POLYGON_RPC_URL: url,
  })
  await visited
  const pid = await serverPid(folder)
  onTestFinished(async () => {
    command.process.kill('SIGKILL')
    if (await isServerOf(pid, path.join(folder, 'pgdata'))) process.kill(pid, 'SIGQUIT')
  })
  command.process.kill('SIGINT')
  expect(await command.exit).toEqual({ code: 130, signal: null })
  expect(await waitUntilGone(pid, path.join(folder, 'pgdata'), 5_000)).toBe(true)
}, 60_000)
