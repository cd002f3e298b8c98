import type { Address } from '@ton/core'
import { expect, test } from 'vitest'
import { openTonChain, type TonChain } from '../../src/devnet/ton/chain.js'

const TON = 1_000_000_000n

const balance = async ({ blockchain }: TonChain, address: Address): Promise<bigint> =>
  (await blockchain.getContract(address)).balance

test('a chain that runs for days keeps its accounts and its seqnos, not the transactions of the sandbox', async () => {
  const chain = await openTonChain(null, 2)
  const [, to] = chain.wallets
  if (to === undefined) throw new Error('there is no second wallet')
  const before = await balance(chain, to)
  const sending = { wallet: 0, to, value: 5n * TON }
  let time = 1_800_000_000
  let most = 0
  for (let seqno = 0; seqno < 300; seqno += 1) {
    time += 1
    await chain.produce(seqno % 3 === 0 ? [sending] : [], time, [])
    most = Math.max(most, chain.blockchain.snapshot().transactions.length)
  }
  // A sending is two transactions: the wallet's, and that of who receives it.
  expect(most).toBeLessThan(128)
  expect(chain.store.state.seqnos).toHaveLength(300)
  const received = (await balance(chain, to)) - before
  expect(received).toBeGreaterThan(490n * TON)
  expect(received).toBeLessThanOrEqual(500n * TON)
})
