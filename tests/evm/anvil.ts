import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

/** A running EVM node. */
export interface Anvil {
  readonly http: string
  readonly ws: string
  /** Makes a JSON-RPC call. @throws Error with the node's message */
  rpc(method: string, ...params: readonly unknown[]): Promise<unknown>
  stop(): Promise<void>
}

const require = createRequire(import.meta.url)

/** Starts anvil on a free port; blocks are made by `evm_mine` only. */
export async function startAnvil(chainId: number): Promise<Anvil> {
  const binary = require.resolve('@foundry-rs/anvil-linux-amd64/bin/anvil')
  const node = spawn(
    binary,
    ['--port', '0', '--chain-id', String(chainId), '--slots-in-an-epoch', '1', '--no-mining'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const lines = createInterface({ input: node.stdout })
  let port = ''
  for await (const line of lines) {
    port = /Listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? ''
    if (port !== '') break
  }
  node.stdout.resume()
  const http = `http://127.0.0.1:${port}`
  return {
    http,
    ws: `ws://127.0.0.1:${port}`,
    rpc: async (method, ...params) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const response = await fetch(http, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      const json: unknown = await response.json()
      if (typeof json === 'object' && json !== null && 'result' in json) return json.result
      throw new Error(`${method}: ${JSON.stringify(json)}`)
    },
    stop: async () => {
      const exited = once(node, 'exit')
      node.kill('SIGKILL')
      await exited
    },
  }
}
