import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Ports that Linux, macOS and Windows do not give to outgoing connections or to whoever asks for any port. */
const [FIRST, LAST] = [10_240, 32_767]

/**
 * A TCP port of 127.0.0.1 that nobody listens on at the moment, for a server that is told its port. One that the system itself gives out
 * could have been given to somebody else's connection by the time the server starts.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST + 1)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1')
  try {
    await once(probe, 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false
    throw error
  }
  probe.close()
  await once(probe, 'close')
  return true
}
