import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** What becomes of the chain: its last blocks go, others come, every transaction of those that went among them. */
export const step = z.object({ replaced: z.int().nonnegative(), count: z.int().positive(), salt: z.string() })
export const command = z.union([step, z.literal('show')])

const ready = z.object({ url: z.string(), hash: z.string() })
const prepared = z.object({ hash: z.string() })

/** The chain that is forked, in a process of its own: thousands of blocks are not built beside what is measured. */
export interface ForkedChain {
  readonly url: string
  /** Of the head at the start. */
  readonly hash: string
  /** Builds what comes next, without serving it yet. Gives the hash of its head. */
  prepare(next: z.infer<typeof step>): Promise<string>
  /** Serves what was prepared. */
  show(): void
  stop(): Promise<void>
}

/** Starts it and waits until it serves. @throws Error when it does not start */
export async function startChain(): Promise<ForkedChain> {
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the forked chain ended with ${code}`)))
  ended.catch(() => undefined)
  const answer = async (): Promise<unknown> => (await Promise.race([once(child, 'message'), ended]))[0]
  const { url, hash } = ready.parse(await answer())
  return {
    url,
    hash,
    prepare: async (next) => {
      child.send(next)
      return prepared.parse(await answer()).hash
    },
    show: () => child.send('show'),
    stop: async () => {
      child.kill('SIGKILL')
      await ended.catch(() => undefined)
    },
  }
}
