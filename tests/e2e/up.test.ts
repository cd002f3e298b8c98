import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createClient } from '../../clients/typescript/src/index.js'
import { temporaryFolder } from '../support/temporaryFolder.js'

/*
 * `ft up` as a user starts it: one process, nothing configured, its own PostgreSQL and development chain.
 */

const ft = fileURLToPath(new URL('../../src/cli/ft.ts', import.meta.url))

interface Up {
  readonly url: string
  height(): Promise<number>
  /** Sends a signal and gives the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

async function up(dataDir: string): Promise<Up> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', ft, 'up'], {
    env: {
      PATH: process.env['PATH'],
      FT_DATA_DIR: dataDir,
      FT_API_PORT: '0',
      FT_METRICS_PORT: '0',
      FT_LOG_FORMAT: 'json',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  if (child.stdout === null) throw new Error('the process has no output')
  const url = await listening(child.stdout)
  const client = createClient({ url })
  return {
    url,
    height: async () => {
      const { data } = await client.listNetworks()
      return data[0]?.projected?.number ?? -1
    },
    end: async (signal) => {
      child.kill(signal)
      const [code] = await exited
      return typeof code === 'number' ? code : null
    },
  }
}

/** The address in the line that says where the API listens; later lines are read and left. */
function listening(output: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: output })
    lines.on('line', (line) => {
      const { msg, url } = z.looseObject({ msg: z.string(), url: z.string().optional() }).parse(JSON.parse(line))
      if (msg.startsWith('api listens') && url !== undefined) resolve(url)
    })
    lines.on('close', () => reject(new Error('ft up ended before it listened')))
  })
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
