import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { RedisServer } from '../../src/bus/redis/connection.js'
import { findRedisServer } from '../../tests/support/findRedisServer.js'
import { freePort } from '../../tests/support/ports.js'

/** A redis-server on a free port, writing its append-only file to `folder` every second as in production. */
export async function startRedis(folder: string): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort()
  const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec', '--dir', folder]
  const server = spawn(findRedisServer(), [...durable, '--bind', '127.0.0.1', '--port', String(port)], {
    stdio: 'ignore',
  })
  const exited = once(server, 'exit')
  const url = `redis://127.0.0.1:${port}`
  await Promise.race([
    answers(url),
    exited.then(() => {
      throw new Error(`redis-server ended on port ${port}`)
    }),
  ])
  return {
    url,
    stop: async () => {
      server.kill('SIGKILL')
      await exited
    },
  }
}

async function answers(url: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      const connection = await new RedisServer(url, 'ft-bench').open()
      connection.destroy()
      return
    } catch (error) {
      if (tries === 200) throw error
      await delay(20)
    }
  }
}
