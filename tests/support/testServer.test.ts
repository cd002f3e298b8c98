import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { isServerOf, readPidFile } from '../../src/embedded/pidFile.js'

test('a run that is killed leaves neither its server nor its folder behind', async () => {
  const module = fileURLToPath(new URL('testServer.ts', import.meta.url))
  const script = `import(${JSON.stringify(module)}).then(async ({ startTestServer }) => {
    const { dataDir } = await startTestServer()
    console.log(dataDir)
    setInterval(() => {}, 1000)
  })`
  const child = spawn(process.execPath, ['--import', 'tsx', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const dataDir = await firstLine(child.stdout)
  const pgdata = path.join(dataDir, 'pgdata')
  const { pid } = (await readPidFile(pgdata)) ?? { pid: 0 }
  expect(await isServerOf(pid, pgdata)).toBe(true)
  child.kill('SIGKILL')
  await expect.poll(() => existsSync(dataDir), { timeout: 10_000 }).toBe(false)
  expect(await isServerOf(pid, pgdata)).toBe(false)
})

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line
  throw new Error('the process ended without a line')
}
