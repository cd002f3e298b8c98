import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))

/** The folder on the PATH (or Debian's for servers) that has all of these programs; undefined where there is none. */
export function folderOf(programs: readonly string[]): string | undefined {
  return [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin'].find((folder) =>
    programs.every((name) => existsSync(path.join(folder, name))),
  )
}

/**
 * The folder in node_modules/.cache into which Debian's packages, the first of which gives it its name, are unpacked. Nothing is installed, and
 * nothing is started.
 * @throws Error that says what to install
 */
export async function unpackedPackages(...names: readonly [string, ...string[]]): Promise<string> {
  const target = path.join(CACHE, `ft-${names[0]}`)
  if (existsSync(target)) return target
  const work = await mkdtemp(path.join(tmpdir(), `ft-${names[0]}-`))
  try {
    await download(names, work)
    const files = (await readdir(work)).filter((name) => name.endsWith('.deb'))
    if (files.length !== names.length) throw new Error('apt-get did not download every package')
    await mkdir(CACHE, { recursive: true })
    // Unpacked beside its place and then renamed, so that a test file running at the same time sees all of it or nothing.
    const unpacked = await mkdtemp(`${target}-`)
    for (const file of files) await run('dpkg-deb', ['-x', path.join(work, file), unpacked])
    await rename(unpacked, target).catch(() => rm(unpacked, { recursive: true, force: true }))
    return target
  } catch (cause) {
    throw new Error(
      `${names[0]} is not installed, and the Debian package could not be fetched: apt-get install ${names[0]}`,
      { cause },
    )
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** As any user where package lists are there; they are fetched (by root) where they are not. */
async function download(names: readonly string[], folder: string): Promise<void> {
  const get = () => run('apt-get', ['-q', 'download', ...names], { cwd: folder })
  try {
    await get()
  } catch {
    await run('apt-get', ['-q', 'update'])
    await get()
  }
}
