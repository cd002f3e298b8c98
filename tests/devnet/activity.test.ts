import { encodeFunctionData } from 'viem'
import { expect, test, vi } from 'vitest'
import { abiOf, hex } from '../../src/devnet/contracts.js'
import type { EvmDevnet } from '../../src/devnet/evm.js'
import { createDevRpc } from '../../src/devnet/rpc.js'
import type { Holding } from '../../src/devnet/truth.js'
import { createEvmAdapter } from '../../src/ingest/evm/adapter.js'
import { rawEvents } from '../support/replay/adapter.js'
import { devnet, hashes, temporaryFolder } from './devnets.js'
import { scenario } from './scenario.js'

vi.setConfig({ testTimeout: 90_000 })

/** What the contracts themselves say of each holding: `ownerOf`, or `balanceOf`. */
async function asked(net: EvmDevnet, holdings: readonly Holding[]): Promise<Holding[]> {
  const answers = await createDevRpc(net.rpcUrl)(
    ...holdings.map(
      (holding) => ['eth_call', { to: holding.contract, data: question(net, holding) }, 'latest'] as const,
    ),
  )
  return holdings.map((holding, index) => {
    const answer = String(answers[index])
    if (!net.contracts.erc721.includes(holding.contract)) return { ...holding, quantity: String(BigInt(answer)) }
    return { ...holding, owner: `0x${answer.slice(26)}` }
  })
}

function question(net: EvmDevnet, { contract, owner, tokenId }: Holding): string {
  const id = BigInt(tokenId)
  if (net.contracts.erc721.includes(contract)) {
    return encodeFunctionData({ abi: abiOf('erc721'), functionName: 'ownerOf', args: [id] })
  }
  return encodeFunctionData({ abi: abiOf('erc1155'), functionName: 'balanceOf', args: [hex(owner), id] })
}

/** What moved. */
async function facts(net: EvmDevnet) {
  const adapter = createEvmAdapter({
    ...{ network: 'polygon', chainId: 137, endpoints: [net.rpcUrl], contracts: { mode: 'all', deny: [] } },
  })
  const { blocks } = await adapter.range(0, net.head().number)
  const parsed = adapter.parse(blocks.flatMap(rawEvents))
  await adapter.close()
  expect(parsed.failures).toEqual([])
  return parsed.facts.filter(({ details }) => details === null)
}

test('the truth is what the contracts answer, and the sum of what their logs say', async () => {
  const net = await devnet(await temporaryFolder())
  await net.mineActivity(150)
  const truth = net.truth()
  expect(truth.length).toBeGreaterThan(100)
  expect(await asked(net, truth)).toEqual(truth)

  const sums = new Map<string, bigint>()
  for (const { contract, tokenId, from, to, quantity } of await facts(net)) {
    for (const [account, change] of [[from, -quantity] as const, [to, quantity] as const]) {
      const key = `${contract}:${tokenId}:${account}`
      if (account !== null) sums.set(key, (sums.get(key) ?? 0n) + change)
    }
  }
  const held = [...sums].filter(([, sum]) => sum !== 0n).map(([key, sum]) => `${key}:${sum}`)
  expect(held.sort()).toEqual(
    truth.map(({ contract, tokenId, owner, quantity }) => `${contract}:${tokenId}:${owner}:${quantity}`).sort(),
  )
})

test('generated activity has every kind of movement and the odd cases', async () => {
  const net = await devnet(await temporaryFolder())
  await net.mineActivity(250)
  const all = await facts(net)
  for (const standard of ['erc721', 'erc1155']) {
    for (const kind of ['mint', 'transfer', 'burn']) {
      expect(
        all.some((fact) => fact.standard === standard && fact.kind === kind),
        `${standard} ${kind}`,
      ).toBe(true)
    }
    expect(
      all.some((fact) => fact.standard === standard && fact.from === fact.to),
      `${standard} to oneself`,
    ).toBe(true)
    expect(
      all.some((fact) => fact.standard === standard && fact.tokenId === 0n),
      `${standard} id 0`,
    ).toBe(true)
  }
  expect(all.some(({ quantity }) => quantity === 0n)).toBe(true)
  const legs = all
    .filter(({ standard }) => standard === 'erc1155')
    .map((fact) => `${fact.sourceEventId}:${fact.tokenId}`)
  expect(new Set(legs).size, 'an id twice in one batch').toBeLessThan(legs.length)
})

test('the same seed and clock give the same chain, another seed another', async () => {
  const nets = [{ seed: 1 }, { seed: 1 }, { seed: 2 }]
  const chains: string[][] = []
  for (const options of nets) {
    const net = await devnet(await temporaryFolder(), options)
    await net.mineActivity(15)
    chains.push(await hashes(net))
    await net.stop()
  }
  expect(chains[1]).toEqual(chains[0])
  expect(chains[2]).not.toEqual(chains[0])
})

test('a reorg replaces blocks, and the truth follows', async () => {
  const net = await devnet(await temporaryFolder())
  const blocks = scenario(net.contracts, net.accounts)
  for (const actions of blocks.slice(0, 4)) await net.mine(actions)
  const before = await hashes(net)
  const truth = net.truth()
  await net.reorg(3, [[], [], [], []])
  const after = await hashes(net)
  expect(after.slice(0, 3)).toEqual(before.slice(0, 3))
  expect(after.slice(3).filter((hash) => before.includes(hash))).toEqual([])
  expect(net.truth().map(({ owner, tokenId }) => [owner, tokenId])).toEqual([[net.accounts[1], '0']])

  await net.reorg(4, blocks.slice(1, 4))
  expect(net.truth()).toEqual(truth)
  expect(await asked(net, truth)).toEqual(truth)
})

test('an action that a contract refuses is reported by block and kind, and the truth stays right', async () => {
  const net = await devnet(await temporaryFolder())
  const [contract = ''] = net.contracts.erc721
  const [, alice = '', bob = ''] = net.accounts
  const stolen = { kind: 'move721', contract, from: bob, to: alice, tokenId: 0n, safe: false } as const
  await expect(net.mine([{ kind: 'mint721', contract, to: alice }, stolen])).rejects.toThrow(
    'a contract refused action 1 (move721) of block 2',
  )
  expect(net.truth()).toEqual([{ contract, tokenId: '0', owner: alice, quantity: '1' }])
})

test('with a block time, blocks come by themselves and stop with the devnet', async () => {
  const net = await devnet(await temporaryFolder(), { blockTimeMs: 20 })
  const rpc = createDevRpc(net.rpcUrl)
  while (Number((await rpc(['eth_blockNumber']))[0]) < 5) await rpc(['eth_chainId'])
  const [finalized] = await rpc(['eth_getBlockByNumber', 'finalized', false])
  expect(finalized).toHaveProperty('number')
  await net.stop()
  expect(net.head().number).toBeGreaterThanOrEqual(5)
})
