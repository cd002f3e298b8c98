import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test } from 'vitest'
import { Recorder } from '../support/recorder.js'

describe('serve', () => {
  let child: ChildProcess | undefined
  afterEach(() => {
    child?.kill('SIGKILL')
  })

  /** The process with its lines, and its exit code when it ends. */
  function start(...args: string[]): { child: ChildProcess; lines: Recorder<string>; exit: Promise<unknown[]> } {
    const script = new URL('./served.ts', import.meta.url).pathname
    const started = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child = started
    const lines = new Recorder<string>()
    createInterface({ input: started.stdout }).on('line', (line) => lines.add(line))
    return { child: started, lines, exit: once(started, 'close') }
  }

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s lets the work under way finish, then stops the dependencies and exits with 0',
    async (signal) => {
      const { child: process, lines, exit } = start()
      await lines.count(2)
      process.kill(signal)
      expect(await exit).toEqual([0, null])
      expect(lines.events).toEqual(['store started', 'at work', 'work done', 'store stopped'])
    },
  )

  test('a second signal ends it at once with 1', async () => {
    const { child: process, lines, exit } = start('stubborn')
    await lines.count(2)
    process.kill('SIGTERM')
    process.kill('SIGINT')
    expect(await exit).toEqual([1, null])
    expect(lines.events).not.toContain('work done')
  })
})
