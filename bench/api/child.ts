import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A process that answers one message at a time. */
export interface Child {
  ask(message: object): Promise<unknown>
  stop(): Promise<void>
}

/** Starts a file as a process of its own, which ends with its parent. `flags` are Node's (`--cpu-prof`). */
export function startChild(file: URL, env: NodeJS.ProcessEnv = {}, flags: readonly string[] = []): Child {
  const child = fork(fileURLToPath(file), {
    execArgv: ['--import', 'tsx', ...flags],
    env: { ...process.env, ...env },
  })
  const ended = once(child, 'exit')
  return {
    ask: (message) => ask(child, ended, basename(file.pathname), message),
    stop: async () => {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

async function ask(child: ChildProcess, ended: Promise<unknown[]>, file: string, message: object): Promise<unknown> {
  const answer = once(child, 'message')
  child.send(message)
  const [first] = await Promise.race([answer, ended])
  if (typeof first !== 'object' || first === null) throw new Error(`${file} ended (${String(first)})`)
  if ('error' in first) throw new Error(`${file}: ${String(first.error)}`)
  return first
}

/** Answers the messages of the parent with what `handle` makes of them, and ends when the parent is gone; `stop` runs before. */
export function serveParent(handle: (message: unknown) => Promise<object>, stop: () => Promise<void>): void {
  process.on('message', (message) => {
    handle(message).then(
      (answer) => process.send?.(answer),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
    )
  })
  process.once('disconnect', () => void stop())
}
