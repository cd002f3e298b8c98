import { expect, onTestFinished, test, vi } from 'vitest'
import { ALICE, give, mint, serve, token } from '../reorg/chains.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { buildChain, forkAt, type LogSpec } from '../support/replay/chain.js'
import { createRig, type Rig } from '../support/rig.js'

/*
 * F5: what is final, where endpoints have no word for it, take it back, or contradict each other.
 */

vi.setConfig({ testTimeout: 120_000 })

const ZERO = `0x${'00'.repeat(20)}`
const blocks = (count: number, from = 0): LogSpec[][] =>
  Array.from({ length: count }, (_, i) => [mint(from + i), give((from + i) % 3, 2, ZERO, ALICE)])
const chain = buildChain(blocks(20))

test('F5 the finalized tag errors, is missing or steps back: the depth rule stands in, and the stored height never goes down', async () => {
  const node = await serve(chain, { head: 12, finalized: 6 })
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest([node.url], { finality: { rule: 'tag', depth: 8 } })
  const answered = async () => (await rig.get('/api/v1/networks/polygon'))['data']
  const is = (number: number) =>
    expect
      .poll(answered, { timeout: 30_000, interval: 10 })
      .toMatchObject({ finalized: { number, hash: chain.block(number)?.hash } })
  await is(6)
  node.setFinalized(3)
  node.setHead(13)
  await run.seen('live 13')
  await is(6)
  node.setFinalized(null)
  node.setHead(16)
  await is(8)
  node.setFinalized(15)
  node.setHead(17)
  await is(15)
  await rig.at(chain.block(17))
  expect(await rig.get(token(3))).toMatchObject({ finality_status: 'finalized' })
  expect(await rig.get(token(16))).toMatchObject({ finality_status: 'pending' })
})

async function finalized(rig: Rig): Promise<object | undefined> {
  const [row] = await rig.db.query('SELECT finalized_number AS number, finalized_hash AS hash FROM system.sync_cursors')
  return row
}

test('F5 a block is final when two endpoints say so, under the same hash', async () => {
  const alone = await serve(chain, { head: 14, finalized: 12 })
  const behind = await serve(chain, { head: 14, finalized: 4 })
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest([alone.url, behind.url])
  await run.seen('live 14')
  expect(await finalized(rig)).toMatchObject({ number: 4 })
  behind.setFinalized(9)
  await expect.poll(() => finalized(rig), { timeout: 30_000 }).toMatchObject({ number: 9 })
  expect(run.events.filter((event) => event.startsWith('fork'))).toEqual([])
})

test('F5 two endpoints that call different blocks final: neither is, which is told, until both have the same', async () => {
  const fork = forkAt(chain, 10, blocks(4, 300), { salt: 'b' })
  const ours = await serve(chain, { head: 14, finalized: 12 })
  const other = await serve(fork, { head: 14, finalized: 12 })
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest([ours.url, other.url])
  await run.seen('live 14')
  const hashes = [chain, fork].map((one) => one.block(12)?.hash)
  await run.seen(new RegExp(`^finality unsure .*block 12: .*${hashes[0]}, .*${hashes[1]}`))
  expect(await finalized(rig)).toEqual({ number: null, hash: null })
  other.setFinalized(9)
  await expect.poll(() => finalized(rig), { timeout: 30_000 }).toEqual({ number: 9, hash: chain.block(9)?.hash })
  await run.seen('finality sure')
  other.setChain(chain, 14)
  other.setFinalized(12)
  await expect.poll(() => finalized(rig), { timeout: 30_000 }).toEqual({ number: 12, hash: chain.block(12)?.hash })
  expect(run.events.filter((event) => event.startsWith('fork'))).toEqual([])
})

test('F5 of four endpoints two call one block final and two another: neither is; what both halves have is', async () => {
  const fork = forkAt(chain, 10, blocks(4, 300), { salt: 'b' })
  const nodes = await Promise.all([chain, fork, chain, fork].map((one) => serve(one, { head: 14, finalized: 12 })))
  const adapter = replayAdapter(nodes.map(({ url }) => url))
  onTestFinished(() => adapter.close())
  await expect(adapter.finalized()).rejects.toMatchObject({
    ...{ code: 'rpc_transient', message: expect.stringContaining('do not agree about block 12') },
  })
  for (const lower of nodes.slice(2)) lower.setFinalized(8)
  expect(await adapter.finalized()).toMatchObject({ number: 8, hash: chain.block(8)?.hash })
})
