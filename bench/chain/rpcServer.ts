import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { answer, type Service } from './answers.js'
import { Refusal } from './refusal.js'

const call = z.object({ id: z.unknown().optional(), method: z.string(), params: z.array(z.unknown()).default([]) })

type Piece = string | Buffer

/** The HTTP server of a chain, not listening yet: JSON-RPC 2.0, single calls and batches. */
export function createRpcServer(service: Service): Server {
  return createServer((request, response) => {
    void serve(service, request, response)
  })
}

async function serve(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  const body = joined(respond(service, Buffer.concat(chunks).toString('utf8')))
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}

/** The pieces of the answer to a message, which may be a batch. */
export function respond(service: Service, message: string): readonly Piece[] {
  let json: unknown
  try {
    json = JSON.parse(message)
  } catch (error) {
    return errorPieces(null, error instanceof SyntaxError ? new Refusal(-32700, 'parse error') : error)
  }
  if (!Array.isArray(json)) return one(service, json)
  const pieces: Piece[] = ['[']
  for (const [index, item] of json.entries()) {
    if (index > 0) pieces.push(',')
    for (const piece of one(service, item)) pieces.push(piece)
  }
  pieces.push(']')
  return pieces
}

function one(service: Service, item: unknown): readonly Piece[] {
  const parsed = call.safeParse(item)
  if (!parsed.success) return errorPieces(null, new Refusal(-32600, 'invalid request'))
  const { id, method, params } = parsed.data
  try {
    const result = answer(service, method, params)
    return [`{"jsonrpc":"2.0","id":${JSON.stringify(id ?? null)},"result":`, ...result, '}']
  } catch (error) {
    return errorPieces(id, error)
  }
}

/** What is not a refusal is a fault of the server, and says so. */
function errorPieces(id: unknown, error: unknown): readonly Piece[] {
  const { code, message } = error instanceof Refusal ? error : new Refusal(-32603, `internal error: ${String(error)}`)
  return [JSON.stringify({ jsonrpc: '2.0', id: id ?? null, error: { code, message } })]
}

/** One buffer of all pieces. Neighbouring strings are joined first: a buffer for each bracket costs more than the logs do. */
function joined(pieces: readonly Piece[]): Buffer {
  const buffers: Buffer[] = []
  let text = ''
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece
      continue
    }
    buffers.push(Buffer.from(text), piece)
    text = ''
  }
  return Buffer.concat([...buffers, Buffer.from(text)])
}
