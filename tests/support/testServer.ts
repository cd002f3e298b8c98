import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/postgres.js'
import { fastSettings } from '../../src/embedded/settings.js'
import { makeFolder } from './temporaryFolder.js'

export interface TestServer {
  readonly url: string
  /** Whether stop() destroys it with all that is in it. */
  readonly temporary: boolean
  /** Its data folder; null when it is not ours. */
  readonly dataDir: string | null
  stop(): Promise<void>
}

/** The server of FT_TEST_DATABASE_URL, else an embedded one in a temporary folder that goes away with this process. */
export async function startTestServer(): Promise<TestServer> {
  const url = process.env['FT_TEST_DATABASE_URL']
  if (url !== undefined && url !== '') return { url, temporary: false, dataDir: null, stop: async () => undefined }
  const dataDir = makeFolder('ft-test-postgres-')
  const cancelReaper = startReaper(dataDir)
  let server: EmbeddedPostgres | undefined
  const stop = async () => {
    await server?.stop()
    await rm(dataDir, { recursive: true, force: true })
    cancelReaper()
  }
  try {
    server = await startEmbeddedPostgres({
      dataDir,
      settings: { ...fastSettings, max_wal_size: '256MB', max_connections: '200' },
    })
  } catch (error) {
    await stop()
    throw error
  }
  return { url: server.url, temporary: true, dataDir, stop }
}

/** Waits for the end of its stdin, which comes with the end of the parent, however that ends. SIGQUIT: stop at once. */
const REAPER = `
read -r nothing
pid=$(head -n 1 "$1/pgdata/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid"
while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
rm -rf "$1"
`

/** Cleans up after a run that cannot do so itself: Ctrl-C, a closed terminal, kill -9. */
function startReaper(dataDir: string): () => void {
  const reaper = spawn('/bin/sh', ['-c', REAPER, 'ft-test-reaper', dataDir], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  reaper.unref()
  if ('unref' in reaper.stdin && typeof reaper.stdin.unref === 'function') reaper.stdin.unref()
  return () => {
    reaper.kill('SIGKILL')
  }
}
