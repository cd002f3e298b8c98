import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { type Abi, encodeDeployData, encodeFunctionData } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChainAdapter } from '../../src/ingest/adapter.js'
import { rawEvents, replayAdapter } from '../support/replay/adapter.js'
import { answers, tokenContract } from '../support/tokenContract.js'
import { type Anvil, startAnvil } from './anvil.js'

const require = createRequire(import.meta.url)
const artefact: { abi: Abi; bytecode: `0x${string}` } = JSON.parse(
  readFileSync(require.resolve('@openzeppelin/contracts/build/contracts/ERC1155PresetMinterPauser.json'), 'utf8'),
)

let anvil: Anvil
let account: string
let token: string

async function send(data: string, to?: string): Promise<{ contractAddress: string; blockNumber: number }> {
  const hash = await anvil.rpc('eth_sendTransaction', { from: account, data, ...(to === undefined ? {} : { to }) })
  await anvil.rpc('evm_mine')
  const receipt: unknown = await anvil.rpc('eth_getTransactionReceipt', hash)
  if (typeof receipt !== 'object' || receipt === null) throw new Error('the transaction was not mined')
  const { contractAddress, blockNumber, status } = receipt as Record<string, unknown>
  if (status !== '0x1') throw new Error('the transaction failed')
  return { contractAddress: String(contractAddress), blockNumber: Number(blockNumber) }
}

/** A proxy whose connections stay open and carry nothing any more. */
async function startCuttableProxy(target: URL) {
  const sockets = new Set<Socket>()
  const silent = new Set<Socket>()
  let takesNew = true
  const server = createServer((near) => {
    const far = createConnection(Number(target.port), target.hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      if (!takesNew) silent.add(from)
      from.on('data', (bytes) => silent.has(from) || to.write(bytes))
      from.on('error', () => undefined)
      from.on('close', () => silent.has(from) || to.destroy())
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    silence: (which: 'those that are open' | 'all that come too') => {
      for (const socket of sockets) silent.add(socket)
      takesNew = which === 'those that are open'
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}

function call(functionName: string, ...args: readonly unknown[]): string {
  return encodeFunctionData({ abi: artefact.abi, functionName, args })
}

beforeAll(async () => {
  anvil = await startAnvil(31_337)
  const accounts = await anvil.rpc('eth_accounts')
  account = Array.isArray(accounts) ? String(accounts[0]) : ''
  token = (await send(encodeDeployData({ ...artefact, args: ['ipfs://'] }))).contractAddress
})

afterAll(() => anvil.stop())

/** An adapter of the node over http, over its websocket alone, and of the one contract. */
const ways: readonly [string, () => ChainAdapter][] = [
  ['http', () => replayAdapter([anvil.http], { chainId: 31_337 })],
  ['websocket only', () => replayAdapter([anvil.ws], { chainId: 31_337 })],
  [
    'a listed contract',
    () => replayAdapter([anvil.http], { chainId: 31_337, contracts: { mode: 'list', addresses: [token] } }),
  ],
]

describe('a real node', () => {
  test.each(ways)('%s: real blooms contain the logs, block and range agree', async (_, make) => {
    const adapter = make()
    await adapter.start()
    const minted = await send(call('mintBatch', account, [1n, 2n, 2n], [5n, 1n, 1n], '0x'), token)
    const moved = await send(call('safeTransferFrom', account, `0x${'b0'.repeat(20)}`, 1n, 2n, '0x'), token)
    const blocks = [await adapter.block(minted.blockNumber), await adapter.block(moved.blockNumber)]
    const { facts } = adapter.parse(blocks.flatMap(rawEvents))
    expect(facts.map(({ kind, tokenId, quantity }) => [kind, tokenId, quantity])).toEqual([
      ['mint', 1n, 5n],
      ['mint', 2n, 1n],
      ['mint', 2n, 1n],
      ['transfer', 1n, 2n],
    ])
    expect((await adapter.range(minted.blockNumber, moved.blockNumber)).blocks).toEqual(blocks)
    const head = await adapter.head()
    expect((await adapter.finalized())?.number).toBe(head.number - 2)
    await adapter.close()
  })

  test('contracts are asked what they hold, and refusals are answers', async () => {
    const adapter = replayAdapter([anvil.http], { chainId: 31_337 })
    const { blockNumber } = await send(call('mint', account, 77n, 9n, '0x'), token)
    const contract = token.toLowerCase()
    const holder = account.toLowerCase()
    const questions = [
      { contract, tokenId: 77n, account: holder },
      { contract, tokenId: 78n, account: holder },
      { contract, tokenId: 77n, account: null },
      { contract: holder, tokenId: 1n, account: null },
    ]
    expect(await adapter.holdings(questions, blockNumber)).toEqual(['9', '0', null, null])
    expect(await adapter.holdings(questions.slice(0, 1), blockNumber - 1)).toEqual(['0'])
    await adapter.close()
  })

  test('contracts are asked whether they follow a standard, as EIP-165 says; whoever does not say so in a word does not', async () => {
    const adapter = replayAdapter([anvil.http], { chainId: 31_337 })
    const contracts: string[] = []
    for (const answer of Object.values(answers)) contracts.push((await send(tokenContract(answer))).contractAddress)
    const questions = [...contracts, account].map((contract) => ({ contract, standard: 'erc721' }) as const)
    const { number } = await adapter.head()
    const said = await adapter.confirms(questions, number)
    expect(Object.keys(answers).filter((_, index) => said[index])).toEqual(['says that it is ERC-721'])
    expect(said).toHaveLength(questions.length)
    const [honest = ''] = contracts
    const others = [
      { contract: token, standard: 'erc1155' },
      { contract: token, standard: 'erc721' },
      { contract: honest, standard: 'erc1155' },
    ] as const
    expect(await adapter.confirms(others, number)).toEqual([true, false, false])
    expect(await adapter.confirms(others, 0)).toEqual([false, false, false])
    await adapter.close()
  })

  test('the origin is the block of the first listed contract, and unknown for all contracts', async () => {
    const later = await send(encodeDeployData({ ...artefact, args: ['ipfs://'] }))
    const contracts = { mode: 'list', addresses: [later.contractAddress] } as const
    const listed = replayAdapter([anvil.http], { chainId: 31_337, contracts })
    expect(await listed.origin()).toBe(later.blockNumber)
    await listed.close()
    const all = replayAdapter([anvil.http], { chainId: 31_337 })
    expect(await all.origin()).toBeNull()
    await all.close()
  })

  test('a websocket that is cut without a word is opened again, also while it is being opened', async () => {
    const cut = await startCuttableProxy(new URL(anvil.ws))
    const adapter = replayAdapter([cut.url], { chainId: 31_337, timeoutMs: 500, rounds: 2 })
    try {
      const { number } = await adapter.head()
      cut.silence('all that come too')
      await expect(adapter.head()).rejects.toMatchObject({ code: 'rpc_transient' })
      cut.silence('those that are open')
      expect((await adapter.head()).number).toBe(number)
    } finally {
      await adapter.close()
      await cut.close()
    }
  })

  test('heads are announced over the websocket that works, and stopping ends it', async () => {
    const down = 'ws://127.0.0.1:9'
    const adapter = replayAdapter([anvil.http, down, anvil.ws], { chainId: 31_337 })
    let heads = 0
    const watching = await adapter.watch(() => {
      heads += 1
    })
    // The subscription starts on its own time: blocks are made until some of them are announced.
    while (heads < 2) await anvil.rpc('evm_mine')
    await watching?.stop()
    await adapter.close()
  })
})
