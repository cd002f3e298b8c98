import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { FtError } from './errors.js'

/** One numbered step of the schema. */
export interface Migration {
  /** Six digits, counted from 000001 without gaps. */
  readonly version: string
  /** `NNNNNN_name`: the file without its ending. */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the text in hex, with line ends as LF so that a checkout on Windows has the same. */
  readonly checksum: string
}

const FILE_NAME = /^(\d{6})_[a-z0-9_]+\.sql$/
/** The snapshot of the whole schema lies beside the migrations and is none. */
const SNAPSHOT = 'schema.sql'

/** The migrations of this package: beside `src` as well as beside `dist`. */
export const migrationsDir = fileURLToPath(new URL('../../migrations', import.meta.url))

/**
 * Reads all migrations of a folder in order.
 * @throws FtError migration_invalid when a file is misnamed, missing in the sequence, or twice there
 */
export async function readMigrations(dir: string = migrationsDir): Promise<Migration[]> {
  const files = (await listFolder(dir)).filter((file) => file.endsWith('.sql') && file !== SNAPSHOT).sort()
  const migrations: Migration[] = []
  for (const file of files) {
    const version = FILE_NAME.exec(file)?.[1]
    if (version === undefined) throw invalid(`${path.join(dir, file)}: a migration is named NNNNNN_name.sql`)
    const expected = String(migrations.length + 1).padStart(6, '0')
    if (version !== expected)
      throw invalid(`${path.join(dir, file)}: ${expected} was expected here; a number is missing or double`)
    const sql = (await readFile(path.join(dir, file), 'utf8')).replaceAll('\r\n', '\n')
    const checksum = createHash('sha256').update(sql).digest('hex')
    migrations.push({ version, name: path.basename(file, '.sql'), sql, checksum })
  }
  return migrations
}

async function listFolder(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    throw new FtError('migration_invalid', `the folder of migrations ${dir} cannot be read`, { cause: error })
  }
}

function invalid(message: string): FtError {
  return new FtError('migration_invalid', message)
}
