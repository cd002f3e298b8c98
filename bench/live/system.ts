import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { freePort } from '../../tests/support/ports.js'
import { startRedis } from '../support/redis.js'

/** Embedded bus in one process, or every task a process of its own over Redis. */
export type Transport = 'embedded' | 'redis'

/** A running ft.supply as a user starts it. */
export interface LaunchedSystem {
  /** Where its API will listen. */
  readonly url: string
  stop(): Promise<void>
}

const FT = fileURLToPath(new URL('../../dist/cli/ft.js', import.meta.url))
const tasks = z.array(z.object({ task: z.string() }))

/** Starts `ft up`, or a Redis server and one `ft worker` for each task there is. */
export async function launch(
  transport: Transport,
  folder: string,
  variables: Readonly<Record<string, string>>,
): Promise<LaunchedSystem> {
  const redis = transport === 'redis' ? await startRedis(folder) : null
  const port = await freePort()
  const env = {
    ...process.env,
    ...variables,
    ...(redis === null ? {} : { REDIS_URL: redis.url }),
    FT_DATA_DIR: join(folder, 'ft'),
    FT_API_PORT: String(port),
    FT_METRICS_PORT: '0',
    FT_LOG_LEVEL: 'warn',
  }
  const children = (redis === null ? [['up']] : taskNames(env).map((name) => ['worker', name])).map((args) =>
    start(args, env),
  )
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      await Promise.all(children.map(end))
      await redis?.stop()
    },
  }
}

function taskNames(env: NodeJS.ProcessEnv): string[] {
  const listed = execFileSync(process.execPath, [FT, 'worker', '--list', '--json'], { env, encoding: 'utf8' })
  return tasks.parse(JSON.parse(listed)).map(({ task }) => task)
}

function start(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [FT, ...args], { env, stdio: ['ignore', 'inherit', 'inherit'] })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
