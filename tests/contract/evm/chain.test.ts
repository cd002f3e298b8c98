import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChainAdapter } from '../../../src/ingest/adapter.js'
import { replayAdapter } from '../../support/replay/adapter.js'
import { buildChain, forkAt } from '../../support/replay/chain.js'
import { type Replay, startReplay } from '../../support/replay/server.js'
import { address, transfer721, ZERO } from '../../support/replay/specs.js'

const contract = address('nft', 1)
const mint = (tokenId: bigint) => transfer721({ contract, from: ZERO, to: address('user', 1), tokenId })
const chain = buildChain(
  Array.from({ length: 30 }, (_, n) => (n % 3 === 0 ? [mint(BigInt(n)), mint(BigInt(n + 100))] : [])),
)

let replay: Replay
let other: Replay
let adapter: ChainAdapter

beforeAll(async () => {
  replay = await startReplay(chain)
  other = await startReplay(chain)
  adapter = replayAdapter([replay.url])
})

afterAll(async () => {
  await adapter.close()
  await Promise.all([replay.close(), other.close()])
})

describe('CT1 determinism', () => {
  test('two providers give the same blocks and ranges, byte for byte', async () => {
    const second = replayAdapter([other.url])
    expect(JSON.stringify(await second.range(1, 30))).toBe(JSON.stringify(await adapter.range(1, 30)))
    expect(JSON.stringify(await second.block(4))).toBe(JSON.stringify(await adapter.block(4)))
    await second.close()
  })
})

describe('CT2 continuity', () => {
  test('every block names the one before it as its parent', async () => {
    for (let number = 1; number <= 30; number += 1) {
      const block = await adapter.block(number)
      const parent = await adapter.header(number - 1)
      expect(block.header).toMatchObject({ number, parentHash: parent.hash })
    }
  })

  test('a range has its blocks ascending, only those with events, and the header of its end', async () => {
    const range = await adapter.range(2, 11)
    expect(range.blocks.map(({ header }) => header.number)).toEqual([4, 7, 10])
    expect(range.last).toEqual(await adapter.header(11))
    expect(range).toMatchObject({ from: 2, to: 11 })
  })

  test('after a reorganisation the new blocks are given, and their parents show the fork', async () => {
    const shared = await adapter.header(23)
    const before = await adapter.block(25)
    replay.setChain(forkAt(chain, 23, [[mint(1_000n)], [], [], [], [], [], []]))
    const after = await adapter.block(25)
    expect(after.header.hash).not.toBe(before.header.hash)
    expect(await adapter.header(23)).toEqual(shared)
    expect((await adapter.header(24)).parentHash).toBe(shared.hash)
    replay.setChain(chain)
  })
})

describe('CT5 finality and capabilities', () => {
  test('the finalized block is what the chain says, null while it says none', async () => {
    expect(await adapter.finalized()).toBeNull()
    replay.setFinalized(17)
    expect(await adapter.finalized()).toEqual(await adapter.header(17))
    replay.setFinalized(null)
  })

  test('an endpoint that refuses the tag has no finalized block; one that fails is an error', async () => {
    replay.faults.add({ kind: 'error', code: -32602, message: 'invalid argument 0: hex string without 0x prefix' })
    expect(await adapter.finalized()).toBeNull()
    replay.faults.add({ kind: 'status', status: 502 }, { kind: 'status', status: 502 })
    await expect(adapter.finalized()).rejects.toMatchObject({ code: 'rpc_transient' })
  })

  test('an endpoint of another chain is refused, with its name and both ids', async () => {
    const wrong = replayAdapter([replay.url, other.url], { chainId: 1 })
    const name = new URL(replay.url).host
    await expect(wrong.start()).rejects.toMatchObject({
      code: 'wrong_chain',
      message: `${name} serves chain 137, not 1`,
      details: { endpoint: name, expected: 1, found: 137 },
    })
    await wrong.close()
  })

  test('start gives the first block, and does without endpoints that are down, but not without all', async () => {
    const down = 'http://127.0.0.1:9'
    const some = replayAdapter([down, other.url])
    expect(await some.start()).toBe(chain.block(0)?.hash)
    await some.close()
    const none = replayAdapter([down])
    await expect(none.start()).rejects.toMatchObject({ code: 'rpc_transient' })
    await none.close()
  })

  test('heads must be polled where there is no websocket', async () => {
    expect(await adapter.watch(() => undefined)).toBeNull()
  })
})
