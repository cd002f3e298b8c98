import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const FT = fileURLToPath(new URL('../../dist/cli/ft.js', import.meta.url))
const KILLER = fileURLToPath(new URL('killer.ts', import.meta.url))
/** What runs together in one process, as in a deployment of several. */
export const ROLES = {
  ingest: ['ingest-polygon'],
  publisher: ['outbox-publisher', 'sweeper'],
  pipeline: ['normalizer', 'reorg-handler', 'ownership-updater', 'projector', 'finality'],
} as const
export type Role = keyof typeof ROLES

/** A real `ft worker` from the build. */
export interface Worker {
  readonly role: Role
  readonly process: ChildProcess
  /** Resolves when it serves its health. */
  readonly started: Promise<string>
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** Its last lines. */
  readonly lines: readonly string[]
}

/** Starts one. With `hook` the killer is loaded into it first (see killer.ts). */
export function startWorker(role: Role, env: NodeJS.ProcessEnv, hook: NodeJS.ProcessEnv = {}): Worker {
  if (!existsSync(FT)) throw new Error('these tests run the build: npm run build')
  const preload = Object.keys(hook).length === 0 ? [] : ['--import', 'tsx', '--import', KILLER]
  const child = spawn(process.execPath, [...preload, FT, 'worker', ...ROLES[role]], {
    env: { PATH: process.env['PATH'], FT_METRICS_PORT: '0', FT_LOG_FORMAT: 'json', ...env, ...hook },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const keep = (line: string): void => {
    lines.push(line)
    if (lines.length > 100) lines.shift()
  }
  const started = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      keep(line)
      const url = /health and metrics are on (http[^"]+)/.exec(line)?.[1]
      if (url !== undefined) resolve(url)
    })
    child.once('exit', () => reject(new Error(`a worker ended before it started:\n${lines.join('\n')}`)))
  })
  started.catch(() => undefined)
  createInterface({ input: child.stderr }).on('line', keep)
  const exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  return { role, process: child, started, exit, lines }
}
