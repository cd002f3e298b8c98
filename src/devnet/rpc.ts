import { z } from 'zod'
import { FtError, messageOf } from '../core/errors.js'

/** One call of a JSON-RPC batch: method and positional parameters. */
export type RpcCall = readonly [method: string, ...params: unknown[]]

/** Calls the development node; results in the order of the calls. */
export type DevRpc = (...calls: readonly RpcCall[]) => Promise<unknown[]>

const batchAnswer = z.array(
  z.object({
    id: z.int(),
    result: z.unknown().optional(),
    error: z.object({ code: z.int(), message: z.string() }).optional(),
  }),
)
type Answer = z.infer<typeof batchAnswer>[number]

/**
 * A JSON-RPC client of the development node at `url`: each call of it is one batch.
 * @throws FtError devnet_failed when the node cannot be reached or answers any of the calls with an error
 */
export function createDevRpc(url: string): DevRpc {
  return async (...calls) => {
    // JSON-RPC has no empty batch.
    if (calls.length === 0) return []
    const answers = await post(url, calls)
    const byId = new Map(answers.map((answer) => [answer.id, answer]))
    return calls.map(([method], id) => {
      const answer = byId.get(id)
      if (answer === undefined || answer.error !== undefined) {
        const reason = answer?.error?.message ?? 'no answer'
        throw new FtError('devnet_failed', `the development node refused ${method}: ${reason}`)
      }
      return answer.result
    })
  }
}

async function post(url: string, calls: readonly RpcCall[]): Promise<Answer[]> {
  const response = await send(
    url,
    calls.map(([method, ...params], id) => call(id, method, params)),
  )
  return batchAnswer.parse(await response.json())
}

/** The bytes of the answer to a single call, unparsed: for results too large to hold. @throws FtError devnet_failed */
export async function streamRpc(
  url: string,
  method: string,
  params: readonly unknown[],
): Promise<AsyncIterable<Uint8Array>> {
  const { body } = await send(url, call(0, method, params))
  if (body === null) throw new FtError('devnet_failed', `the development node answered ${method} with nothing`)
  return body
}

async function send(url: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  try {
    return await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  } catch (error) {
    throw new FtError('devnet_failed', `the development node at ${url} does not answer: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function call(id: number, method: string, params: readonly unknown[]): object {
  return { jsonrpc: '2.0', id, method, params }
}
