import { readdir, readFile } from 'node:fs/promises'

/** Clock ticks per second of /proc/PID/stat on Linux. */
const TICKS = 100

/** CPU seconds of a process, its children that have ended, and its children that live (Linux). */
export async function cpuSeconds(pid: number): Promise<number> {
  const all = await readStats()
  const own = all.get(pid)
  if (own === undefined) throw new Error(`no process ${pid}`)
  const children = [...all.values()].filter(({ parent }) => parent === pid)
  return [own, ...children].reduce((sum, { ticks }) => sum + ticks, 0) / TICKS
}

async function readStats(): Promise<Map<number, { parent: number; ticks: number }>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const stats = new Map<number, { parent: number; ticks: number }>()
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(gone)
    if (text === null) continue
    // The name in parentheses may hold spaces; fields after it are: state ppid … utime(14) stime cutime cstime.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    stats.set(pid, { parent: Number(fields[1]), ticks })
  }
  return stats
}

/** A process may end between listing and reading. */
function gone(error: unknown): null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ESRCH') return null
  throw error
}
