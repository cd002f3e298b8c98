import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** TonAPI's answers, remembered. */
export interface Answers {
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves what `target` answered when it was first asked: the TVM takes some milliseconds for each get-method, and its time is not to be
 * measured.
 */
export async function rememberAnswers(target: string): Promise<Answers> {
  const known = new Map<string, { status: number; text: string }>()
  const server = createServer((request, response) => void handle(request, response))
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const body = Buffer.concat(chunks).toString()
    const method = request.method ?? 'GET'
    const key = `${method} ${request.url} ${body}`
    let answer = known.get(key)
    if (answer === undefined) {
      const real = await fetch(new URL(request.url ?? '', target), { method, ...(method === 'POST' ? { body } : {}) })
      answer = { status: real.status, text: await real.text() }
      known.set(key, answer)
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
