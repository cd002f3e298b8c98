import { readdir, readFile, readlink } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * A process as the kernel knows it: process ids are used again, so the start (ticks since boot, proc(5) field 22) makes it unique.
 */
export interface ProcessIdentity {
  readonly pid: number
  readonly start: string
}

/** The identity of a living process; null when there is none with this id, or it is a zombie. Linux only, as anvil's package is. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const stat = await orGone(readFile(`/proc/${pid}/stat`, 'utf8'))
  if (stat === null) return null
  // The name in parentheses may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  const start = fields[19]
  return start === undefined || state === 'Z' || state === 'X' ? null : { pid, start }
}

/** Whether this very process, not another with its id, still lives. */
export async function lives(process: ProcessIdentity): Promise<boolean> {
  return (await identify(process.pid))?.start === process.start
}

/**
 * Kills every process that runs the program `name` in the folder `cwd`, and waits until they are gone. The kernel's list knows
 * also a process that a killed parent had no time to write down.
 */
export async function killAllIn(cwd: string, name: string): Promise<void> {
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry)
    if (!Number.isSafeInteger(pid)) continue
    const works = await orGone(readlink(`/proc/${pid}/cwd`))
    if (works !== cwd) continue
    const program = await orGone(readlink(`/proc/${pid}/exe`))
    if (program === null || path.basename(program) !== name) continue
    process.kill(pid, 'SIGKILL')
    while ((await identify(pid)) !== null) await delay(5)
  }
}

/** Null where the process is gone, or belongs to somebody else. */
async function orGone(value: Promise<string>): Promise<string | null> {
  try {
    return await value
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (typeof code === 'string' && ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(code)) return null
    throw error
  }
}
