import { expect, onTestFinished, test, vi } from 'vitest'
import type { Tx } from '../../src/core/db.js'
import { type Audit, type AuditOptions, audit, type Difference } from '../../src/ingest/audit.js'
import { unpackLog } from '../../src/ingest/evm/packedLog.js'
import { POLYGON_MADHUGIRI, TRANSFER } from '../../src/ingest/evm/topics.js'
import { rewind, type TakenBack } from '../../src/ingest/rewind.js'
import { repairEvents } from '../../src/pipeline/repair.js'
import { takeBackBlocks } from '../../src/pipeline/rewind.js'
import { ALICE, BOB, give, mint, move, NFT, serve } from '../reorg/chains.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { buildChain, forkAt, hashOf, type ReplayChain } from '../support/replay/chain.js'
import type { Fault } from '../support/replay/faults.js'
import { createRig, type Rig, truthOf } from '../support/rig.js'

/*
 * A node that left logs out, or made some up, under the right block hashes: nothing in its answers says so. An audit reads the blocks a
 * second way and puts the ledger right.
 */

vi.setConfig({ testTimeout: 60_000 })

const ZERO = `0x${'00'.repeat(20)}`
/** Not Polygon, whose early blocks have an exception. */
const chainId = 1
const honest: ReplayChain = buildChain(
  [
    [mint(1), give(1, 10, ZERO, ALICE, 'pair'), mint(2, ALICE, 'pair')],
    [],
    [move(1, ALICE, BOB), give(1, 4, ALICE, BOB)],
    [mint(3)],
  ],
  { chainId },
)

async function indexedFrom(fault: Fault): Promise<Rig> {
  const node = await serve(honest, { finalized: 4 })
  node.faults.add(fault)
  const rig = await createRig()
  const run = rig.ingest([node.url], {}, { chainId })
  await run.seen('backfill 0-4')
  await run.stop()
  expect(node.faults.left).toBe(0)
  return rig
}

async function auditWith(rig: Rig, url: string, repair = true, more: Partial<AuditOptions> = {}): Promise<Audit> {
  const adapter = replayAdapter([url], { chainId })
  try {
    return await audit({
      ...{ db: rig.pool, network: rig.network, adapter, blocks: { sample: 100 }, ...more },
      repair: repair ? (tx, what) => repairEvents(tx, rig.network, adapter.parse, what) : null,
    })
  } finally {
    await adapter.close()
  }
}

/** The answers to the first eth_getLogs, which is the one for transfers. */
const logs = (change: (logs: Record<string, unknown>[]) => unknown[]): Fault => {
  let first = true
  return {
    kind: 'result',
    method: 'eth_getLogs',
    change: (result) => {
      if (!first || !Array.isArray(result)) return result
      first = false
      return change(result as Record<string, unknown>[])
    },
  }
}

const what = ({ differences }: Audit): Pick<Difference, 'block' | 'difference'>[] =>
  differences.map(({ block, difference }) => ({ block, difference }))

test('F1 after the fact: events that an endpoint left out are found, applied, and not found again', async () => {
  const rig = await indexedFrom(logs((all) => all.filter((log) => log['blockNumber'] !== '0x3')))
  const other = await serve(honest, { finalized: 4 })
  expect(await rig.rows()).not.toEqual(await truthOf(honest))
  const found = await auditWith(rig, other.url)
  expect(found).toMatchObject({ blocks: 5, events: 6 })
  expect(what(found)).toEqual([
    { block: 3, difference: 'missing' },
    { block: 3, difference: 'missing' },
  ])
  expect(await rig.rows()).toEqual(await truthOf(honest))
  expect(what(await auditWith(rig, other.url))).toEqual([])
})

test('events that are not on the chain are taken back, and changed ones replaced', async () => {
  // The quantity is in no bloom, nor is how often a contract emitted.
  const rig = await indexedFrom(
    logs((all) =>
      all.flatMap((log) => {
        if (log['logIndex'] !== '0x1') return [log]
        if (log['blockNumber'] === '0x1') return [{ ...log, data: `${String(log['data']).slice(0, -2)}63` }]
        return [log, { ...log, logIndex: '0x2', transactionHash: hashOf('made up') }]
      }),
    ),
  )
  expect(await rig.rows()).not.toEqual(await truthOf(honest))
  const other = await serve(honest, { finalized: 4 })
  const found = await auditWith(rig, other.url)
  expect(what(found)).toEqual([
    { block: 1, difference: 'changed' },
    { block: 3, difference: 'extra' },
  ])
  expect(await rig.rows()).toEqual(await truthOf(honest))
  expect(what(await auditWith(rig, other.url))).toEqual([])
})

test('an audit that is stopped says what it found, and before which block', async () => {
  const rig = await indexedFrom(logs((all) => all.filter((log) => log['blockNumber'] !== '0x1')))
  const node = await serve(honest, { finalized: 4 })
  const stop = new AbortController()
  const seen: number[][] = []
  const onBlock = (...place: number[]) => {
    seen.push(place)
    if (seen.length === 2) stop.abort()
  }
  const result = await auditWith(rig, node.url, true, { signal: stop.signal, onBlock })
  expect(result).toMatchObject({ blocks: 2, stoppedBefore: 2, differences: [{}, {}, {}] })
  expect(seen).toEqual([
    [0, 1, 5],
    [1, 2, 5],
  ])
  expect(await rig.rows()).toEqual(await truthOf(honest))
})

test('events that an earlier version has stored in another form are no differences', async () => {
  const node = await serve(honest, { finalized: 4 })
  const rig = await createRig()
  const run = rig.ingest([node.url], {}, { chainId })
  await run.seen('backfill 0-4')
  await run.stop()
  const stored = await rig.pool.query<{ id: string; log: string }>(
    `SELECT source_event_id AS id, packed_log AS log FROM ingest.raw_events`,
  )
  expect(stored).toHaveLength(6)
  for (const { id, log } of stored) {
    const { topics, data } = unpackLog(Buffer.from(log.slice(2), 'hex').toString('base64'))
    await rig.db.query('UPDATE ingest.raw_events SET raw_payload = $2, packed_log = NULL WHERE source_event_id = $1', [
      id,
      { topics, data },
    ])
  }
  expect(what(await auditWith(rig, node.url))).toEqual([])
})

test('without repair an audit only looks; a block with another hash is left to a person', async () => {
  const rig = await indexedFrom(logs((all) => all.filter((log) => log['blockNumber'] !== '0x3')))
  const before = await rig.rows()
  const other = await serve(honest, { finalized: 4 })
  expect((await auditWith(rig, other.url, false)).differences).toHaveLength(2)
  const elsewhere = await serve(buildChain([[mint(1)], [], [], [mint(3)]], { salt: 'b', chainId }), { finalized: 4 })
  expect(what(await auditWith(rig, elsewhere.url)).map(({ difference }) => difference)).toContain('forked')
  expect(await rig.rows()).toEqual(before)
})

test('where an endpoint has no receipts, eth_getLogs of another endpoint is the second opinion', async () => {
  const rig = await indexedFrom(logs((all) => all.filter((log) => log['blockNumber'] !== '0x3')))
  const other = await serve(honest, { finalized: 4 })
  for (let block = 0; block <= 4; block += 1) {
    other.faults.add({ kind: 'error', method: 'eth_getBlockReceipts', code: -32601, message: 'method not found' })
  }
  expect(what(await auditWith(rig, other.url))).toHaveLength(2)
  expect(other.faults.left).toBe(0)
  expect(await rig.rows()).toEqual(await truthOf(honest))
})

test('what eth_getLogs alone leaves out proves nothing: an audit takes nothing back where there are no receipts', async () => {
  const rig = await indexedFrom({ kind: 'result', method: 'eth_getLogs', change: (result) => result })
  const liar = await serve(honest, { finalized: 4 })
  for (let block = 0; block < 5; block += 1) {
    liar.faults.add({ kind: 'error', method: 'eth_getBlockReceipts', code: -32601, message: 'method not found' })
    liar.faults.add({ kind: 'result', method: 'eth_getLogs', change: () => [] })
  }
  expect(what(await auditWith(rig, liar.url))).toEqual([])
  expect(await rig.rows()).toEqual(await truthOf(honest))
})

test('a transaction of which both looks left something out has everything after the audit', async () => {
  const [given] = honest.block(1)?.logs.filter(({ topics }) => topics[0] !== TRANSFER) ?? []
  const isGiven = (log: Record<string, unknown>) => log['address'] === given?.address
  const rig = await indexedFrom(logs((all) => all.filter((log) => !(isGiven(log) && log['blockNumber'] === '0x1'))))
  const other = await serve(honest, { finalized: 4 })
  for (let block = 0; block < 5; block += 1) {
    other.faults.add({ kind: 'error', method: 'eth_getBlockReceipts', code: -32601, message: 'method not found' })
    other.faults.add({
      ...{ kind: 'result', method: 'eth_getLogs' },
      change: (result: unknown) => (Array.isArray(result) ? result.filter(isGiven) : result),
    })
  }
  expect(what(await auditWith(rig, other.url))).toEqual([{ block: 1, difference: 'missing' }])
  expect(await rig.rows()).toEqual(await truthOf(honest))
})

test('on Polygon before Madhugiri what receipts do not have proves nothing: nothing is taken back', async () => {
  const adapter = replayAdapter([(await serve(buildChain([[mint(1)]]))).url])
  const foreign = replayAdapter([(await serve(honest)).url], { chainId })
  expect(POLYGON_MADHUGIRI).toBe(80_084_800)
  expect((await adapter.reread(1)).complete).toBe(false)
  expect((await foreign.reread(1)).complete).toBe(true)
  await Promise.all([adapter.close(), foreign.close()])
})

test('what one contract did is read alone and from another endpoint; one that leaves out the end of a range is not believed', async () => {
  const [first, second] = [await serve(honest), await serve(honest)]
  const adapter = replayAdapter([first.url, second.url], { chainId })
  try {
    const range = await adapter.rangeOf?.([NFT], 0, 4)
    const events = range?.blocks.flatMap(({ header, events }) =>
      events.map(({ contract }) => [header.number, contract]),
    )
    expect(events).toEqual([
      [1, NFT],
      [1, NFT],
      [3, NFT],
      [4, NFT],
    ])
    expect(first.calls.map(({ method }) => method)).not.toContain('eth_getLogs')
    const cut = () => logs((all) => all.filter((log) => log['blockNumber'] !== '0x4'))
    second.faults.add(cut(), cut())
    await expect(adapter.rangeOf?.([NFT], 0, 4)).rejects.toMatchObject({ code: 'rpc_transient' })
    expect(second.faults.left).toBe(0)
  } finally {
    await adapter.close()
  }
})

/** A rig that lacks the events of block 3, a node that has them, and what takes the network back below that block. */
async function lackingBlock3() {
  const rig = await indexedFrom(logs((all) => all.filter((log) => log['blockNumber'] !== '0x3')))
  const node = await serve(honest, { finalized: 4 })
  const adapter = replayAdapter([node.url], { chainId })
  onTestFinished(() => adapter.close())
  const takeBack = (tx: Tx, step: TakenBack) => takeBackBlocks(tx, rig.network, step)
  const back = (then = takeBack) => rewind({ db: rig.pool, network: rig.network, adapter, to: 2, takeBack: then })
  return { rig, node, adapter, takeBack, back }
}

test('a block that a rewind has taken back since it was read again is not repaired', async () => {
  const { rig, node, adapter, back } = await lackingBlock3()
  const reread: AuditOptions['adapter']['reread'] = async (height) => {
    const again = await adapter.reread(height)
    await back()
    return again
  }
  const options = { adapter: { reread, parse: adapter.parse }, blocks: { from: 3, to: 3 } }
  expect(what(await auditWith(rig, node.url, true, options))).toEqual([])
  expect(await rig.rows()).toEqual(await truthOf(forkAt(honest, 2, [])))
})

test('nothing is repaired while a rewind is at work', async () => {
  const { rig, node, takeBack, back } = await lackingBlock3()
  await back(async (tx, step) => {
    await expect(auditWith(rig, node.url, true, { blocks: { from: 3, to: 3 } })).rejects.toThrow(
      'ft rewind of polygon is at work: audit again when it is done',
    )
    return await takeBack(tx, step)
  })
  expect(await rig.rows()).toEqual(await truthOf(forkAt(honest, 2, [])))
})

test('a rewind waits for a repair under way, and takes it back as well', async () => {
  const { rig, adapter, back } = await lackingBlock3()
  const waiting = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  let rewinding: Promise<unknown> | undefined
  await audit({
    ...{ db: rig.pool, network: rig.network, adapter, blocks: { from: 3, to: 3 } },
    repair: async (tx, repair) => {
      rewinding = back()
      await expect.poll(() => rig.db.query(waiting), { timeout: 20_000 }).toHaveLength(1)
      await repairEvents(tx, rig.network, adapter.parse, repair)
    },
  })
  await rewinding
  expect(await rig.rows()).toEqual(await truthOf(forkAt(honest, 2, [])))
})
