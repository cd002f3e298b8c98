import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { FtError } from '../core/errors.js'
import { streamRpc } from './rpc.js'

/**
 * Writes the whole state of the node at `url` to `file`, in the form that `--load-state` reads. The file appears complete or not
 * at all. Streamed: a long chain dumps hundreds of megabytes.
 */
export async function writeSnapshot(url: string, file: string): Promise<void> {
  const answer = await streamRpc(url, 'anvil_dumpState', [])
  await pipeline(hexResult(answer), createGunzip(), createWriteStream(`${file}.new`, { flush: true }))
  await rename(`${file}.new`, file)
}

/** The bytes of the hex string that is the result of a JSON-RPC answer. */
async function* hexResult(answer: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let text = ''
  let inside = false
  for await (const chunk of answer) {
    text += Buffer.from(chunk).toString('latin1')
    if (!inside) {
      const start = text.indexOf('"0x')
      if (start < 0) continue
      text = text.slice(start + 3)
      inside = true
    }
    const end = text.indexOf('"')
    const whole = end >= 0 ? end : text.length - (text.length % 2)
    yield Buffer.from(text.slice(0, whole), 'hex')
    if (end >= 0) return
    text = text.slice(whole)
  }
  throw new FtError('devnet_failed', `the development node did not dump its state: ${text.slice(0, 200)}`)
}
