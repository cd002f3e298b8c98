import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A real `ft` from the build. */
export interface FtProcess {
  readonly process: ChildProcess
  /** The address of its health and metrics, as soon as it serves them. Rejects when it ends before. */
  readonly started: Promise<string>
  /** Its address of the API, as soon as it listens. Never resolves for a process without one. */
  readonly listening: Promise<string>
  readonly exit: Promise<Exit>
  /** Its last lines. */
  readonly lines: readonly string[]
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Exit>
}

/** The file of `ft` in the build. @throws when nothing was built */
export function builtFt(): string {
  const file = fileURLToPath(new URL('../../dist/cli/ft.js', import.meta.url))
  if (!existsSync(file)) throw new Error('these tests run the build: npm run build')
  return file
}

/** Starts one with these arguments and variables, and nothing of the environment of the test. `preload`: modules it loads first. */
export function startFt(args: readonly string[], env: NodeJS.ProcessEnv, preload: readonly string[] = []): FtProcess {
  const child = spawn(process.execPath, [...preload.flatMap((module) => ['--import', module]), builtFt(), ...args], {
    env: { PATH: process.env['PATH'], FT_METRICS_PORT: '0', FT_API_PORT: '0', FT_LOG_FORMAT: 'json', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const keep = (line: string): void => {
    lines.push(line)
    if (lines.length > 100) lines.shift()
  }
  const said = (what: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const url = what.exec(line)?.[1]
        if (url !== undefined) resolve(url)
      })
      child.once('exit', () => reject(new Error(`ft ${args.join(' ')} ended too early:\n${lines.join('\n')}`)))
    })
  const started = said(/health and metrics are on (http[^"]+)/)
  const listening = said(/api listens on (http[^"]+)/)
  // who does not wait for them learns of an early end by `exit`
  for (const promise of [started, listening]) promise.catch(() => undefined)
  createInterface({ input: child.stdout }).on('line', keep)
  createInterface({ input: child.stderr }).on('line', keep)
  const exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  return {
    ...{ process: child, started, listening, exit, lines },
    end: (signal) => {
      child.kill(signal)
      return exit
    },
  }
}
