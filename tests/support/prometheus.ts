import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/ft-prometheus', import.meta.url))

/** The programs of Prometheus. */
export interface PrometheusTools {
  readonly prometheus: string
  readonly promtool: string
}

/**
 * Finds Prometheus on the PATH; otherwise Debian's package is downloaded and unpacked (not installed: nothing is started) into
 * node_modules/.cache.
 * @throws Error that says what to install
 */
export async function prometheusTools(): Promise<PrometheusTools> {
  const found = [...(process.env['PATH'] ?? '').split(path.delimiter), path.join(CACHE, 'usr/bin')].find((folder) =>
    ['prometheus', 'promtool'].every((name) => existsSync(path.join(folder, name))),
  )
  const folder = found ?? (await fetchPackage())
  return { prometheus: path.join(folder, 'prometheus'), promtool: path.join(folder, 'promtool') }
}

async function fetchPackage(): Promise<string> {
  const work = await mkdtemp(path.join(tmpdir(), 'ft-prometheus-'))
  try {
    await download(work)
    const [file] = (await readdir(work)).filter((name) => name.endsWith('.deb'))
    if (file === undefined) throw new Error('apt-get downloaded nothing')
    await mkdir(path.dirname(CACHE), { recursive: true })
    // Unpacked beside its place and then renamed, so that a test file running at the same time sees all of it or nothing.
    const unpacked = await mkdtemp(`${CACHE}-`)
    await run('dpkg-deb', ['-x', path.join(work, file), unpacked])
    await rename(unpacked, CACHE).catch(() => rm(unpacked, { recursive: true, force: true }))
    return path.join(CACHE, 'usr/bin')
  } catch (cause) {
    throw new Error(
      'prometheus and promtool are not on the PATH, and the Debian package could not be fetched: apt-get install prometheus',
      { cause },
    )
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** As any user where package lists are there; they are fetched (by root) where they are not. */
async function download(folder: string): Promise<void> {
  const get = () => run('apt-get', ['-q', 'download', 'prometheus'], { cwd: folder })
  try {
    await get()
  } catch {
    await run('apt-get', ['-q', 'update'])
    await get()
  }
}
