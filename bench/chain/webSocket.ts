import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/*
 * The server's half of RFC 6455 as far as JSON-RPC needs it: text messages, ping, close. No extensions, and no fragments, which
 * no JSON-RPC client sends for messages as short as its requests.
 */

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const TEXT = 1
const CLOSE = 8
const PING = 9
const PONG = 10

export interface WebSocketPeer {
  send(text: string): void
  close(): void
}

/** Answers an upgrade request, and hands over each text message. `onClose` comes once. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  onText: (text: string, peer: WebSocketPeer) => void,
  onClose: (peer: WebSocketPeer) => void,
): void {
  const key = `${request.headers['sec-websocket-key'] ?? ''}${GUID}`
  const accept = createHash('sha1').update(key).digest('base64')
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
  socket.write(`${[...head, `Sec-WebSocket-Accept: ${accept}`].join('\r\n')}\r\n\r\n`)
  const peer: WebSocketPeer = {
    send: (text) => void socket.write(frame(TEXT, Buffer.from(text))),
    close: () => void socket.end(frame(CLOSE, Buffer.alloc(0))),
  }
  let pending = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    for (let next = readFrame(pending); next !== null; next = readFrame(pending)) {
      pending = pending.subarray(next.length)
      if (next.opcode === TEXT) onText(next.payload.toString('utf8'), peer)
      else if (next.opcode === PING) socket.write(frame(PONG, next.payload))
      else if (next.opcode === CLOSE) peer.close()
    }
  })
  // A peer that vanishes is an ordinary end here; `close` follows.
  socket.on('error', () => socket.destroy())
  socket.once('close', () => onClose(peer))
}

interface Frame {
  readonly opcode: number
  readonly payload: Buffer
  /** Bytes of the whole frame. */
  readonly length: number
}

/** The first frame of what has come, or null while it is incomplete. Frames of clients are masked. */
function readFrame(bytes: Buffer): Frame | null {
  if (bytes.length < 6) return null
  const opcode = bytes.readUInt8(0) & 0x0f
  const short = bytes.readUInt8(1) & 0x7f
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0
  const start = 2 + extra + 4
  if (bytes.length < start) return null
  const size = extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (bytes.length < start + size) return null
  const mask = bytes.subarray(start - 4, start)
  const payload = Buffer.from(bytes.subarray(start, start + size))
  for (const [index, byte] of payload.entries()) payload[index] = byte ^ (mask[index & 3] ?? 0)
  return { opcode, payload, length: start + size }
}

/** An unmasked frame, as servers send them. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head.writeUInt8(0x80 | opcode, 0)
  if (length < 126) head.writeUInt8(length, 1)
  else if (length < 65_536) {
    head.writeUInt8(126, 1)
    head.writeUInt16BE(length, 2)
  } else {
    head.writeUInt8(127, 1)
    head.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([head, payload])
}
