import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, readdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { folderOf, unpackedPackages } from './debianPackages.js'
import { freePort } from './ports.js'
import { makeFolder } from './temporaryFolder.js'

/** A pooler between the tests and the server of a database. */
export interface TestPooler {
  /** The database behind it. */
  readonly url: string
  stop(): Promise<void>
}

/** Nobody: PgBouncer does not run as root. */
const UNPRIVILEGED = 65_534

/** PgBouncer with its own settings but for `mode`, in front of the database at `url`. The caller stops it. */
export async function startPgBouncer(url: string, mode: 'session' | 'transaction'): Promise<TestPooler> {
  const { hostname, port: behind, username, password } = new URL(url)
  const folder = makeFolder('ft-test-pgbouncer-')
  const port = await freePort()
  const settings = path.join(folder, 'pgbouncer.ini')
  const users = path.join(folder, 'users')
  await writeFile(users, `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`)
  await writeFile(
    settings,
    `[databases]\n* = host=${hostname} port=${behind}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\n` +
      `unix_socket_dir =\nauth_type = trust\nauth_file = ${users}\npool_mode = ${mode}\n`,
  )
  const { program, env } = await programIn(folder)
  await chmod(folder, 0o755)
  const identity = process.getuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {}
  const pooler = spawn(program, ['-q', settings], { ...identity, env, stdio: 'ignore' })
  const exited = once(pooler, 'exit')
  const stop = async () => {
    pooler.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await Promise.race([listens(port), exited.then(() => Promise.reject(new Error(`pgbouncer ended on port ${port}`)))])
  } catch (error) {
    await stop()
    throw error
  }
  const through = new URL(url)
  through.host = `127.0.0.1:${port}`
  return { url: through.href, stop }
}

/** The installed one; otherwise Debian's, copied to where its user can read it. */
async function programIn(folder: string): Promise<{ program: string; env: NodeJS.ProcessEnv }> {
  const installed = folderOf(['pgbouncer'])
  if (installed !== undefined) return { program: path.join(installed, 'pgbouncer'), env: {} }
  const unpacked = path.join(folder, 'unpacked')
  await cp(await unpackedPackages('pgbouncer', 'libc-ares2', 'libevent-2.1-7'), unpacked, {
    recursive: true,
    verbatimSymlinks: true,
  })
  const libraries = path.join(unpacked, 'usr/lib')
  const LD_LIBRARY_PATH = (await readdir(libraries)).map((name) => path.join(libraries, name)).join(':')
  return { program: path.join(unpacked, 'usr/sbin/pgbouncer'), env: { LD_LIBRARY_PATH } }
}

async function listens(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch {
      await delay(10)
    } finally {
      socket.destroy()
    }
  }
}
