import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { embeddedFailure, systemCode } from './failure.js'

export interface StartLock {
  release(): Promise<void>
}

/**
 * Makes this process the only one that runs the server of `dataDir` (a real path). The lock is a listening socket, which the
 * system closes with the process, however that ends: there is no stale lock. It answers with the holder's pid.
 * @throws FtError embedded_postgres_failed when somebody else holds it, naming the process
 */
export async function lockDataDir(dataDir: string): Promise<StartLock> {
  const name = `ft.supply-${createHash('sha256').update(dataDir).digest('hex').slice(0, 32)}`
  // Linux has socket names outside the file system, elsewhere it is a file that a killed holder leaves behind.
  const address = process.platform === 'linux' ? `\0${name}` : path.join(tmpdir(), `${name}.sock`)
  for (;;) {
    const server = await listen(address)
    if (server !== undefined) return { release: () => close(server) }
    const holder = await askHolder(address)
    if (holder !== undefined) {
      throw embeddedFailure(
        `${holder} already runs the embedded PostgreSQL in ${dataDir}. Stop it, or choose another FT_DATA_DIR.`,
      )
    }
    if (process.platform !== 'linux') await rm(address, { force: true })
  }
}

function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.end(String(process.pid))
    })
    server.once('error', (error) => (systemCode(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen(address, () => {
      server.unref()
      resolve(server)
    })
  })
}

const ANSWER_MS = 2_000

/** Who the holder is, for a message; undefined when there is none any more. One that hangs holds it all the same. */
function askHolder(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = createConnection(address)
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8')
    })
    socket.on('error', () => resolve(undefined))
    socket.on('end', () => resolve(`process ${answer}`))
    socket.setTimeout(ANSWER_MS, () => {
      resolve('a process that does not answer')
      socket.destroy()
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => server.close((error) => (error === undefined ? resolve() : reject(error))))
}
