import { readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { FtError } from '../core/errors.js'
import { identify, killAllIn, lives } from './processes.js'

const ownerFile = z.object({ pid: z.int().positive(), start: z.string() })

const FILE = 'owner.json'

/**
 * Takes the folder of a development chain for this process. A node that a killed owner left behind in it is killed: its blocks
 * are in the journal.
 * @throws FtError devnet_failed when another living process owns the folder
 */
export async function takeFolder(dir: string): Promise<void> {
  const owner = await readOwner(dir)
  if (owner !== null && owner.pid !== process.pid && (await lives(owner))) {
    throw new FtError(
      'devnet_failed',
      `the development chain in ${dir} is in use by process ${owner.pid}: stop it, or set FT_DATA_DIR to another folder`,
    )
  }
  await killAllIn(await realpath(dir), 'anvil')
  // Renamed into place, so that a crash leaves no half of a file.
  await writeFile(path.join(dir, `${FILE}.new`), JSON.stringify(await identify(process.pid)))
  await rename(path.join(dir, `${FILE}.new`), path.join(dir, FILE))
}

/** Gives the folder back; the node must have stopped. */
export async function releaseFolder(dir: string): Promise<void> {
  await rm(path.join(dir, FILE), { force: true })
}

async function readOwner(dir: string): Promise<z.infer<typeof ownerFile> | null> {
  try {
    return ownerFile.parse(JSON.parse(await readFile(path.join(dir, FILE), 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new FtError('devnet_failed', `${path.join(dir, FILE)} cannot be read: remove it`, { cause: error })
  }
}
