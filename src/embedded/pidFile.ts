import { readFile, readlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemCode } from './failure.js'

/** What PostgreSQL writes into `postmaster.pid` while it runs (see its miscadmin.h, LOCK_FILE_LINE_*). */
export interface PidFile {
  readonly pid: number
  readonly port: number
  /** Whether it accepts connections. */
  readonly ready: boolean
}

/** Reads `postmaster.pid` of a data directory; undefined when there is none, or none complete. */
export async function readPidFile(pgdata: string): Promise<PidFile | undefined> {
  const lines = await readLines(pgdata)
  const pid = Number(lines[0])
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number(lines[3] ?? 0), ready: lines[7]?.trim() === 'ready' }
}

/**
 * Lets the next server start although the process id in `postmaster.pid` is in use by a stranger. PostgreSQL takes a file that
 * names its own parent, which we are, for stale. Deleting the file instead would also delete the key of the shared memory, by
 * which PostgreSQL sees that processes of the dead server still run.
 */
export async function disownPidFile(pgdata: string): Promise<void> {
  const lines = await readLines(pgdata)
  if (lines.length > 0) await writeFile(file(pgdata), [String(process.pid), ...lines.slice(1)].join('\n'))
}

/** Whether process `pid` is the server of this data directory. Where there is no /proc: whether it exists. */
export async function isServerOf(pid: number, pgdata: string): Promise<boolean> {
  if (process.platform !== 'linux') return exists(pid)
  try {
    const [cwd, program] = await Promise.all([readlink(`/proc/${pid}/cwd`), readlink(`/proc/${pid}/exe`)])
    return cwd === pgdata && /\/postgres( \(deleted\))?$/.test(program)
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(systemCode(error) ?? '')) return false
    throw error
  }
}

/** Waits until the server of `pgdata` with this pid is gone; false when it still runs after `milliseconds`. */
export async function waitUntilGone(pid: number, pgdata: string, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds
  while (await isServerOf(pid, pgdata)) {
    if (Date.now() > deadline) return false
    await delay(20)
  }
  return true
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

async function readLines(pgdata: string): Promise<string[]> {
  try {
    return (await readFile(file(pgdata), 'utf8')).split('\n')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

function file(pgdata: string): string {
  return path.join(pgdata, 'postmaster.pid')
}
