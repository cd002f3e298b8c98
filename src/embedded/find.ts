import { readFile, realpath } from 'node:fs/promises'
import path from 'node:path'
import { OWNER, serverUrl } from './cluster.js'
import { systemCode } from './failure.js'
import { isServerOf, readPidFile } from './pidFile.js'

/**
 * The URL of the embedded server that another process runs in `dataDir` at this moment, or null. For commands that look at the
 * data of a running `ft up`; they must not stop that server.
 */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | null> {
  try {
    const folder = await realpath(dataDir)
    const pgdata = path.join(folder, 'pgdata')
    const file = await readPidFile(pgdata)
    if (file === undefined || !file.ready || !(await isServerOf(file.pid, pgdata))) return null
    const password = (await readFile(path.join(folder, 'password'), 'utf8')).trim()
    return serverUrl({ password }, file.port, OWNER)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}
