import { existsSync, mkdtempSync, statfsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

const SHARED_MEMORY = '/dev/shm'
const ROOM_BYTES = 2 * 1024 ** 3

/** A new folder that is removed, with what is in it, when the calling test ends. */
export function temporaryFolder(): string {
  const folder = makeFolder('ft-test-')
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/**
 * A new folder; the caller removes it. In memory where there is enough of it: a PostgreSQL cluster and each of its databases
 * are hundreds of small files, which are 5 to 40 times faster there.
 */
export function makeFolder(prefix: string): string {
  return mkdtempSync(path.join(hasRoom(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), prefix))
}

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize >= ROOM_BYTES
}
