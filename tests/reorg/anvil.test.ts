import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Abi, encodeDeployData, encodeFunctionData } from 'viem'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { HoldingQuestion } from '../../src/core/events.js'
import { type Anvil, startAnvil } from '../evm/anvil.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { createRig, type Rig } from '../support/rig.js'

/*
 * Reorganisations that a real node makes (anvil_reorg), with a real contract. The node calls the block two below its head final.
 */

vi.setConfig({ testTimeout: 60_000 })

const CHAIN_ID = 31_338
const require = createRequire(import.meta.url)
const artefact: { abi: Abi; bytecode: `0x${string}` } = JSON.parse(
  readFileSync(require.resolve('@openzeppelin/contracts/build/contracts/ERC1155PresetMinterPauser.json'), 'utf8'),
)
const call = (functionName: string, ...args: readonly unknown[]): string =>
  encodeFunctionData({ abi: artefact.abi, functionName, args })

interface Chain {
  readonly anvil: Anvil
  readonly account: string
  readonly token: string
  mint(id: bigint, amount: bigint): Promise<void>
}

async function startChain(): Promise<Chain> {
  const anvil = await startAnvil(CHAIN_ID)
  onTestFinished(() => anvil.stop())
  const [account = ''] = (await anvil.rpc('eth_accounts')) as string[]
  const send = async (data: string, to?: string): Promise<string> => {
    const hash = await anvil.rpc('eth_sendTransaction', { from: account, data, ...(to === undefined ? {} : { to }) })
    await anvil.rpc('evm_mine')
    return ((await anvil.rpc('eth_getTransactionReceipt', hash)) as { contractAddress: string }).contractAddress
  }
  const token = await send(encodeDeployData({ ...artefact, args: ['ipfs://'] }))
  return {
    ...{ anvil, account: account.toLowerCase(), token: token.toLowerCase() },
    mint: async (id, amount) => {
      await send(call('mint', account, id, amount, '0x'), token)
    },
  }
}

async function headOf({ anvil }: Chain): Promise<{ number: number; hash: string }> {
  const { number, hash } = (await anvil.rpc('eth_getBlockByNumber', 'latest', false)) as {
    number: string
    hash: string
  }
  return { number: Number(number), hash }
}

/** Balances of the first ids, as the rows have them and as the contract says at the head. */
async function balances(rig: Rig, chain: Chain): Promise<{ rows: string[]; contract: readonly (string | null)[] }> {
  const adapter = replayAdapter([chain.anvil.http], { chainId: CHAIN_ID })
  const questions = Array.from({ length: 8 }, (_, id): HoldingQuestion => {
    return { contract: chain.token, tokenId: BigInt(id), account: chain.account }
  })
  const contract = await adapter.holdings(questions, (await headOf(chain)).number)
  await adapter.close()
  const rows = await rig.db.query<{ id: number; quantity: string }>(
    `SELECT c.token_id::int AS id, v.quantity::text AS quantity FROM projection.ownership_view v JOIN projection.asset_cards c USING (asset_id)`,
  )
  const held = new Map(rows.map(({ id, quantity }) => [id, quantity]))
  return { rows: questions.map((_, id) => held.get(id) ?? '0'), contract }
}

async function follow(rig: Rig, chain: Chain) {
  await rig.startPipeline()
  const run = rig.ingest([chain.anvil.http], {}, { chainId: CHAIN_ID })
  await rig.at(await headOf(chain))
  return run
}

test('a reorg of the node, with a transaction that is included again and one that is gone', async () => {
  const chain = await startChain()
  for (const id of [1n, 2n, 3n, 4n]) await chain.mint(id, 10n * id)
  const rig = await createRig()
  const run = await follow(rig, chain)
  expect((await balances(rig, chain)).rows).toEqual(['0', '10', '20', '30', '40', '0', '0', '0'])
  // The nonce of the third mint: the node would take the one it has before the reorganisation.
  const again = {
    ...{ from: chain.account, to: chain.token, nonce: '0x3', gas: '0x493e0' },
    data: call('mint', chain.account, 4n, 7n, '0x'),
  }
  await chain.anvil.rpc('anvil_reorg', 2, [[again, 1]])
  await chain.anvil.rpc('evm_mine')
  await rig.at(await headOf(chain))
  expect(run.events.filter((event) => event.startsWith('fork'))).toHaveLength(1)
  const { rows, contract } = await balances(rig, chain)
  expect(rows).toEqual(contract)
  expect(rows).toEqual(['0', '10', '20', '0', '7', '0', '0', '0'])
})

test('head, safe and finalized block are those that the node names, also after a reorganisation', async () => {
  const chain = await startChain()
  for (const id of [1n, 2n, 3n, 4n]) await chain.mint(id, 1n)
  const rig = await createRig()
  await follow(rig, chain)
  const named = async (): Promise<object> => {
    const tags = ['latest', 'safe', 'finalized']
    const blocks = (await Promise.all(tags.map((tag) => chain.anvil.rpc('eth_getBlockByNumber', tag, false)))) as {
      number: string
      hash: string
    }[]
    const [head, safe, finalized] = blocks.map(({ number, hash }) => ({ number: Number(number), hash }))
    expect(new Set([head?.number, safe?.number, finalized?.number]).size).toBe(3)
    return { head, safe, finalized }
  }
  const told = async () => (await rig.get('/api/v1/networks/polygon'))['data']
  // What the node serves is known from its next block on.
  await chain.mint(5n, 1n)
  await expect.poll(told, { timeout: 30_000, interval: 10 }).toMatchObject(await named())
  await chain.anvil.rpc('anvil_reorg', 2, [])
  await chain.anvil.rpc('evm_mine')
  await expect.poll(told, { timeout: 30_000, interval: 10 }).toMatchObject(await named())
})

test('reorgs in quick succession end in what the contract says', async () => {
  const chain = await startChain()
  for (const id of [1n, 2n, 3n]) await chain.mint(id, id)
  const rig = await createRig()
  await follow(rig, chain)
  for (let round = 0; round < 6; round += 1) {
    await chain.mint(BigInt(round), 1n)
    const other = { from: chain.account, to: chain.token, data: call('mint', chain.account, 5n, 1n, '0x') }
    await chain.anvil.rpc('anvil_reorg', 1, round % 2 === 0 ? [] : [[other, 0]])
  }
  await rig.at(await headOf(chain))
  const { rows, contract } = await balances(rig, chain)
  expect(rows).toEqual(contract)
})

test('a reorg below the finalized block is a dispute', async () => {
  const chain = await startChain()
  for (const id of [1n, 2n, 3n, 4n, 5n]) await chain.mint(id, id)
  const rig = await createRig()
  const run = await follow(rig, chain)
  const before = await rig.rows()
  await chain.anvil.rpc('anvil_reorg', 4, [])
  await expect(run.ended).rejects.toMatchObject({ code: 'fork_below_finality' })
  await expect
    .poll(async () => (await rig.get('/api/v1/networks/polygon'))['data'], { timeout: 30_000 })
    .toMatchObject({ state: 'disputed' })
  expect(await rig.rows()).toEqual(before)
})
