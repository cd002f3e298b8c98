import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startEvmDevnet } from '../../src/devnet/evm.js'
import { replayAdapter } from '../support/replay/adapter.js'

test('a node that keeps the state of new blocks only has no answer for old ones, which is not held against it', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'ft-old-state-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const log = { info: () => undefined, error: () => undefined }
  const devnet = await startEvmDevnet({ dataDir, blockTimeMs: null, seed: 3, log, historyDepth: 8 })
  onTestFinished(() => devnet.stop())
  await devnet.mineActivity(40)
  // longer than a test may take: a circuit that opens is seen
  const adapter = replayAdapter([devnet.rpcUrl], { breakAfter: 2, breakMs: 600_000 })
  onTestFinished(() => adapter.close())
  const [holding] = devnet.truth()
  if (holding === undefined) throw new Error('nobody holds anything')
  const question = { contract: holding.contract, tokenId: BigInt(holding.tokenId), account: null }
  for (let i = 0; i < 3; i += 1) {
    await expect(adapter.holdings([question], 5)).rejects.toMatchObject({ code: 'block_unknown' })
  }
  expect(await adapter.holdings([question], devnet.head().number)).toEqual([holding.owner])
}, 60_000)
