import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { freePort } from './ports.js'
import { startTestRedis, type TestRedis } from './redisServer.js'

const SLOTS = 16_384
const MASTERS = 3

export interface TestCluster {
  /** One of the nodes. */
  readonly url: string
  readonly nodes: readonly TestRedis[]
  stop(): Promise<void>
}

/** Three masters that share the slots. The caller stops them. */
export async function startTestCluster(): Promise<TestCluster> {
  const nodes: Node[] = []
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()))
  }
  try {
    for (let index = 0; index < MASTERS; index += 1) nodes.push(await startNode())
    await unite(nodes)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: nodes[0]?.url ?? '', nodes, stop }
}

type Node = TestRedis & { readonly busPort: number }

async function startNode(): Promise<Node> {
  const busPort = await freePort()
  const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000', '--cluster-port', String(busPort)]
  return { ...(await startTestRedis({ args })), busPort }
}

async function unite(nodes: readonly Node[]): Promise<void> {
  const clients = await Promise.all(nodes.map(({ url }) => createClient({ url }).connect()))
  for (const [index, { port, busPort }] of nodes.entries()) {
    const client = clients[index]
    const from = Math.ceil((SLOTS * index) / MASTERS)
    const to = Math.ceil((SLOTS * (index + 1)) / MASTERS) - 1
    await client?.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', String(from), String(to)])
    for (const other of clients.filter((candidate) => candidate !== client)) {
      await other.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort)])
    }
  }
  for (const client of clients) {
    while (!String(await client.sendCommand(['CLUSTER', 'INFO'])).includes('cluster_state:ok')) await delay(20)
    client.destroy()
  }
}
