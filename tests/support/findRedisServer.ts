import { spawnSync } from 'node:child_process'

/** Where redis-server is: on PATH, else installed from Debian. @throws Error saying what to install */
export function findRedisServer(): string {
  const found = which()
  if (found !== null) return found
  if (process.getuid?.() === 0) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    const install = ['install', '--yes', '--no-install-recommends', 'redis-server']
    if (spawnSync('apt-get', install, { env, stdio: 'ignore' }).status !== 0) {
      spawnSync('apt-get', ['update'], { env, stdio: 'ignore' })
      spawnSync('apt-get', install, { env, stdio: 'ignore' })
    }
  }
  const installed = which()
  if (installed !== null) return installed
  throw new Error(
    'tests and benchmarks start a redis-server of their own, but there is none on PATH: apt-get install redis-server',
  )
}

function which(): string | null {
  const { status, stdout } = spawnSync('/bin/sh', ['-c', 'command -v redis-server'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}
