import { chown, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { PostgresBinaries } from './binaries.js'
import { embeddedFailure, systemCode, USE_A_SERVER } from './failure.js'
import { type Finished, type Identity, run, type ServerUser } from './run.js'

/** Accounts that exist on most systems, best first; initdb wants an account with a name. */
const ACCOUNTS = ['postgres', 'nobody', 'daemon']

/**
 * Decides who runs the server. PostgreSQL refuses to run as root, so root lends it an unprivileged account: the owner of the
 * data when there is some, else `postgres`, else `nobody`; the existing folder `dataDir` then belongs to that account.
 *
 * That account must reach the data and the programs, which often lie below a closed folder (root's home has mode 0700). Then
 * the server keeps one capability of root's: to read and enter folders, or, where root itself does not have that one (the
 * default of containers), to ignore file permissions. Opening the folder to everybody would be worse.
 * @throws FtError embedded_postgres_failed when the programs do not run here, or cannot be reached
 */
export async function chooseServerUser(dataDir: string, binaries: PostgresBinaries): Promise<ServerUser> {
  if (process.getuid?.() !== 0) {
    const user: ServerUser = { owner: undefined, command: (file, args) => ({ file, args, identity: {} }) }
    await assertRuns(binaries, await tryVersion(user, binaries))
    return user
  }
  const owner = await unprivilegedAccount(dataDir)
  await chown(dataDir, owner.uid, owner.gid)
  const candidates = [
    lentBySpawn(owner),
    ...['dac_read_search', 'dac_override'].map((name) => lentBySetpriv(owner, name)),
  ]
  for (const user of candidates) {
    if (await reaches(user, dataDir, binaries)) return user
  }
  const closed = await firstClosedFolder([dataDir, binaries.postgres])
  if (closed === undefined) await assertRuns(binaries, await tryVersion(lentBySpawn(owner), binaries))
  throw embeddedFailure(
    `PostgreSQL refuses to run as root, and as uid ${owner.uid} it cannot enter ${closed ?? dataDir}. Either let it ` +
      `(chmod o+x), run ft.supply as another user, or keep the project and FT_DATA_DIR elsewhere. ${USE_A_SERVER}`,
  )
}

async function unprivilegedAccount(dataDir: string): Promise<Identity> {
  const { uid, gid } = await stat(path.join(dataDir, 'pgdata')).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return { uid: 0, gid: 0 }
    throw error
  })
  if (uid !== 0) return { uid, gid }
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const account of ACCOUNTS) {
    const line = lines.find(([name]) => name === account)
    if (line !== undefined && Number(line[2]) > 0) return { uid: Number(line[2]), gid: Number(line[3]) }
  }
  throw embeddedFailure(
    `PostgreSQL refuses to run as root, and there is none of the accounts ${ACCOUNTS.join(', ')} to lend it. Run ft.supply ` +
      `as another user. ${USE_A_SERVER}`,
  )
}

function lentBySpawn(owner: Identity): ServerUser {
  return { owner, command: (file, args) => ({ file, args, identity: owner }) }
}

/** no_setuid_fixup: else access(2), by which PostgreSQL finds its own files, ignores the capability. */
function lentBySetpriv(owner: Identity, capability: string): ServerUser {
  const prefix = [
    ...[`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', '--securebits=+no_setuid_fixup'],
    ...[`--inh-caps=+${capability}`, `--ambient-caps=+${capability}`],
  ]
  return { owner, command: (file, args) => ({ file: 'setpriv', args: [...prefix, file, ...args], identity: {} }) }
}

/** Whether `user` can work in the data folder, and run the programs with their libraries. */
async function reaches(user: ServerUser, dataDir: string, binaries: PostgresBinaries): Promise<boolean> {
  try {
    const script = 'cd "$1" && test -w . && "$2" --version && "$3" --version'
    return (await run(user, '/bin/sh', ['-c', script, 'sh', dataDir, binaries.postgres, binaries.initdb])).code === 0
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

async function tryVersion(user: ServerUser, binaries: PostgresBinaries): Promise<Finished> {
  try {
    return await run(user, binaries.postgres, ['--version'])
  } catch (error) {
    return { code: null, output: String(error) }
  }
}

async function assertRuns(binaries: PostgresBinaries, { code, output }: Finished): Promise<void> {
  if (code === 0) return
  throw embeddedFailure(`${binaries.postgres} does not run on this system: ${output.trim()}. ${USE_A_SERVER}`)
}

/** The outermost folder on the way to one of `targets` that others may not enter. */
async function firstClosedFolder(targets: readonly string[]): Promise<string | undefined> {
  for (const target of targets) {
    const parts = path.dirname(target).split(path.sep)
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join(path.sep) || path.sep
      if (((await stat(folder)).mode & 0o001) === 0) return folder
    }
  }
  return undefined
}
