import { spawn } from 'node:child_process'

export interface Identity {
  readonly uid: number
  readonly gid: number
}

/** As whom the server's programs run. */
export interface ServerUser {
  /** Owner that the data must have; undefined: the one who runs this process. */
  readonly owner: Identity | undefined
  /** What to spawn so that `file` runs as this user. */
  command(file: string, args: readonly string[]): SpawnCommand
}

export interface SpawnCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly identity: Partial<Identity>
}

export interface Finished {
  /** Exit code; null when a signal ended the program. */
  readonly code: number | null
  /** stdout and stderr in the order they came. */
  readonly output: string
}

/**
 * The whole environment of the server's programs. LC_ALL keeps their messages in English, which this module reads; nothing is
 * inherited, so neither PGPORT and friends nor the secrets of this process reach the server.
 */
export const serverEnvironment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }

/**
 * Runs a program as the server's user until it ends.
 * @throws the system's error when it cannot be started
 */
export function run(user: ServerUser, file: string, args: readonly string[]): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const command = user.command(file, args)
    const child = spawn(command.file, command.args, {
      ...command.identity,
      cwd: '/',
      env: serverEnvironment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const collect = (chunk: Buffer) => {
      output += chunk.toString('utf8')
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}
