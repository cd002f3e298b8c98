import { domainSeparator, encodeFunctionData } from 'viem'
import { expect, test, vi } from 'vitest'
import type { EvmDevnet } from '../../src/devnet/evm.js'
import { createDevRpc } from '../../src/devnet/rpc.js'
import { SEAPORT, seaportAbi } from '../../src/devnet/seaport/contract.js'
import type { OpenOrder } from '../../src/devnet/seaport/orderBook.js'
import { seaportDomain } from '../../src/devnet/seaport/sign.js'
import { createEvmAdapter } from '../../src/ingest/evm/adapter.js'
import { rawEvents } from '../support/replay/adapter.js'
import { devnet, hashes, temporaryFolder } from './devnets.js'

/*
 * Real Seaport 1.6 at its own address of the development chain.
 */

vi.setConfig({ testTimeout: 90_000 })

async function ask(net: EvmDevnet, functionName: string, args: readonly unknown[]): Promise<bigint[]> {
  const data = encodeFunctionData({ abi: seaportAbi(), functionName, args })
  const [answer] = await createDevRpc(net.rpcUrl)(['eth_call', { to: SEAPORT, data }, 'latest'])
  return (String(answer).slice(2).match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`))
}

/** What Seaport says of an order: units left of it; null when it is not validated, or cancelled. */
async function leftOf(net: EvmDevnet, { hash, order }: OpenOrder): Promise<bigint | null> {
  const [isValidated, isCancelled, filled = 0n, size = 0n] = await ask(net, 'getOrderStatus', [hash])
  if (isValidated !== 1n || isCancelled !== 0n) return null
  const all = order.offer.reduce((sum, { startAmount }) => sum + startAmount, 0n)
  return size === 0n ? all : all - (all * filled) / size
}

async function facts(net: EvmDevnet) {
  const contracts = { mode: 'all', deny: [] } as const
  const adapter = createEvmAdapter({ network: 'polygon', chainId: 137, endpoints: [net.rpcUrl], contracts })
  const { blocks } = await adapter.range(0, net.head().number)
  const parsed = adapter.parse(blocks.flatMap(rawEvents))
  await adapter.close()
  expect(parsed.failures).toEqual([])
  return parsed.facts
}

test('stands at the address that it has on every chain, with the domain of that address', async () => {
  const net = await devnet(await temporaryFolder())
  const [, separator] = await ask(net, 'information', [])
  expect(separator).toBe(BigInt(domainSeparator({ domain: seaportDomain(137) })))
})

test('generated activity has every kind of event, all of it understood, and the book is what Seaport says', async () => {
  const net = await devnet(await temporaryFolder())
  await net.mineActivity(300)
  const all = await facts(net)
  const details = all.flatMap((fact) => (fact.details === null ? [] : [{ kind: fact.kind, ...fact.details }]))
  const kinds = new Set(details.map(({ kind }) => kind))
  expect([...kinds].sort()).toEqual(['cancel', 'cancel_all', 'list', 'sale'])
  const sales = details.flatMap((one) => ('fills' in one ? [one] : []))
  expect(sales.every(({ confirmed, marketplace }) => confirmed && marketplace === 'opensea')).toBe(true)
  expect(new Set(sales.map(({ side }) => side))).toEqual(new Set(['listing', 'offer']))
  expect(sales.some(({ matchedOrders }) => matchedOrders?.length === 2)).toBe(true)
  expect(sales.every(({ price, fees }) => BigInt(fees ?? 0) * 40n === BigInt(price ?? 0))).toBe(true)
  const lists = details.flatMap((one) => ('holder' in one ? [one] : []))
  const partly = sales
    .flatMap(({ fills }) => fills)
    .some(({ order, quantity }) => {
      const listed = lists.find((one) => one.order === order)
      return listed !== undefined && BigInt(quantity) < BigInt(listed.items[0]?.quantity ?? 0)
    })
  expect(partly, 'a listing that is filled in part').toBe(true)

  const open = net.orders()
  expect(open.length).toBeGreaterThan(10)
  expect(await Promise.all(open.map((order) => leftOf(net, order)))).toEqual(open.map(({ left }) => left))
  for (const { order } of open) {
    expect(await ask(net, 'getCounter', [order.offerer])).toEqual([order.counter])
  }
})

test('the next start has the same Seaport and the same orders, also when the node and its owner were killed', async () => {
  const dir = await temporaryFolder()
  const first = await devnet(dir)
  await first.mineActivity(60)
  const [before, orders] = [await hashes(first), first.orders()]
  expect(orders.length).toBeGreaterThan(0)
  process.kill(first.pid, 'SIGKILL')
  await first.stop()
  const second = await devnet(dir)
  expect(await hashes(second)).toEqual(before)
  expect(second.orders()).toEqual(orders)
  await second.mineActivity(20)
  await second.stop()
  const third = await devnet(dir)
  expect(third.orders()).toEqual(second.orders())
  expect(third.head().number).toBe(before.length + 19)
})
