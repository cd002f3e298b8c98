import { once } from 'node:events'
import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'
import { z } from 'zod'

const call = z.object({ id: z.int(), method: z.string(), params: z.array(z.unknown()) })
const answer = z.looseObject({ id: z.int() })

export type RpcCall = z.infer<typeof call>
export type RpcAnswer = z.infer<typeof answer>

/** A way to a node on which answers may be changed; it is closed when the test ends. Gives its URL. */
export async function evmProxy(node: string, change: (call: RpcCall, answer: RpcAnswer) => RpcAnswer): Promise<string> {
  const answered = async (body: string): Promise<string> => {
    const asked: unknown = JSON.parse(body)
    const response = await fetch(node, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const answers = z.array(answer).parse([await response.json()].flat())
    const byId = new Map(answers.map((one) => [one.id, one]))
    const changed = z
      .array(call)
      .parse([asked].flat())
      .map((one) => change(one, byId.get(one.id) ?? { id: one.id }))
    return JSON.stringify(Array.isArray(asked) ? changed : changed[0])
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      answered(Buffer.concat(parts).toString()).then(
        (text) => response.setHeader('content-type', 'application/json').end(text),
        () => response.destroy(),
      )
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close().closeAllConnections()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return `http://127.0.0.1:${address.port}`
}
