import { copyFile, rename, stat, truncate } from 'node:fs/promises'
import { systemCode } from './failure.js'

/** The server writes to the end of this file for as long as it runs; with what was moved aside there are twice as many bytes at most. */
const LIMIT_BYTES = 16 * 1024 * 1024

/** Moves a large log aside before a server starts, and gives the length of the one that it will write to. */
export async function startLog(logFile: string): Promise<number> {
  const size = await sizeOf(logFile)
  if (size <= LIMIT_BYTES) return size
  await rename(logFile, besides(logFile))
  return 0
}

/**
 * Does the same while a server runs, which goes on in the file that it has open: the log is copied and emptied. Lines that are written
 * between the two are lost.
 */
export async function trimLog(logFile: string): Promise<void> {
  if ((await sizeOf(logFile)) <= LIMIT_BYTES) return
  await copyFile(logFile, besides(logFile))
  await truncate(logFile)
}

function besides(logFile: string): string {
  return `${logFile}.1`
}

async function sizeOf(logFile: string): Promise<number> {
  try {
    return (await stat(logFile)).size
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0
    throw error
  }
}
