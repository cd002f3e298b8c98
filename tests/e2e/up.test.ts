import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../../clients/typescript/src/index.js'
import { startFt } from '../support/ftProcess.js'
import { temporaryFolder } from '../support/temporaryFolder.js'

/*
 * `ft up` as a user starts it: one process, nothing configured, its own PostgreSQL and development chain.
 */

interface Up {
  height(): Promise<number>
  /** Sends a signal and gives the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

async function up(dataDir: string): Promise<Up> {
  const running = startFt(['up'], { FT_DATA_DIR: dataDir })
  onTestFinished(() => void running.process.kill('SIGKILL'))
  const client = createClient({ url: await running.listening })
  return {
    height: async () => {
      const { data } = await client.listNetworks()
      return data[0]?.projected?.number ?? -1
    },
    end: async (signal) => (await running.end(signal)).code,
  }
}

test('ft up serves live data, Ctrl-C stops it cleanly, and the next start goes on; so it does after kill -9', async () => {
  const dataDir = temporaryFolder()
  const first = await up(dataDir)
  await expect.poll(first.height, { timeout: 20_000, interval: 100 }).toBeGreaterThan(3)
  const before = await first.height()
  expect(await first.end('SIGINT')).toBe(0)

  const second = await up(dataDir)
  expect(await second.height()).toBeGreaterThanOrEqual(before)
  await expect.poll(second.height, { timeout: 20_000, interval: 100 }).toBeGreaterThan(before + 1)
  await second.end('SIGKILL')

  const third = await up(dataDir)
  await expect.poll(third.height, { timeout: 20_000, interval: 100 }).toBeGreaterThan(before + 2)
  expect(await third.end('SIGTERM')).toBe(0)
}, 90_000)
