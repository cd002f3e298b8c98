import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { type EvmDevnet, type EvmDevnetOptions, startEvmDevnet } from '../../src/devnet/evm.js'
import { createDevRpc } from '../../src/devnet/rpc.js'

/** A temporary folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ft-devnet-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A devnet that mines on demand, with a fixed clock, and is stopped after the test. */
export async function devnet(dataDir: string, options: Partial<EvmDevnetOptions> = {}): Promise<EvmDevnet> {
  const net = await startEvmDevnet({
    ...{ dataDir, blockTimeMs: null, seed: 7, genesisTime: 1_700_000_000 },
    log: { info: () => undefined, error: () => undefined },
    ...options,
  })
  onTestFinished(() => net.stop())
  return net
}

/** Hashes of all blocks, in order. */
export async function hashes(net: Pick<EvmDevnet, 'rpcUrl' | 'head'>): Promise<string[]> {
  const heights = Array.from({ length: net.head().number + 1 }, (_, height) => `0x${height.toString(16)}`)
  const blocks = await createDevRpc(net.rpcUrl)(
    ...heights.map((height) => ['eth_getBlockByNumber', height, false] as const),
  )
  return blocks.map((block) => (block as { hash: string }).hash)
}
