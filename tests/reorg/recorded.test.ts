import { createHash } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { type EvmRecording, evmRecording } from '../support/mainnet.js'
import { hashOf, type ReplayBlock, type ReplayChain } from '../support/replay/chain.js'
import { recordedChain } from '../support/replay/recorded.js'
import { createRig, type Rig } from '../support/rig.js'
import { ALICE, mint, serve } from './chains.js'

/*
 * Forks that happened: recorded block trees, each block with an event of ours so that there is something to take back; and nine blocks
 * of Ethereum, undone one by one, with the recorded digest of all ownership after each.
 */

vi.setConfig({ testTimeout: 120_000 })

interface Recorded {
  readonly number: number
  readonly hash: string
  readonly parentHash: string | null
}

const blocksOf = (recording: EvmRecording): Recorded[] =>
  recording.blocks.map(({ number, hash, parentHash }) => ({ number: Number(number), hash, parentHash }))

/** The chain that ends with a block of the tree, on made-up blocks below it. */
function branchTo(chainId: number, tree: readonly Recorded[], tip: string): ReplayChain {
  const path = new Map<number, Recorded>()
  for (let at = tree.find(({ hash }) => hash === tip); at !== undefined; ) {
    path.set(at.number, at)
    const parent: string | null = at.parentHash
    at = tree.find(({ hash }) => hash === parent)
  }
  const hashAt = (number: number): string => path.get(number)?.hash ?? hashOf(`${chainId} ${number}`)
  const block = (number: number): ReplayBlock => ({
    number,
    hash: hashAt(number),
    parentHash: path.get(number)?.parentHash ?? hashAt(number - 1),
    timestamp: 1_600_000_000 + number,
    logs: path.has(number) ? [logAt(number, hashAt(number))] : [],
  })
  const height = Math.max(...path.keys())
  return {
    chainId,
    height,
    block: (number) => (number < 0 || number > height ? undefined : block(number)),
    withLogs: [...path.keys()].sort((a, b) => a - b).map(block),
  }
}

function logAt(number: number, blockHash: string): ReplayBlock['logs'][number] {
  const { address, topics, data } = mint(number, ALICE)
  const place = { blockNumber: `0x${number.toString(16)}`, blockHash, transactionIndex: '0x0', logIndex: '0x0' }
  return { address, topics, data, ...place, transactionHash: hashOf(`tx in ${blockHash}`), removed: false }
}

const forks: readonly [string, { seen: readonly string[]; orphaned: readonly string[]; head: string; from: number }][] =
  ['eth-reorg-13033424.json', 'polygon-reorg-39280934.json'].map((name) => {
    const recording = evmRecording(name)
    const { orphaned, canonicalHead } = recording.expectReorg ?? { orphaned: [], canonicalHead: '' }
    const from = Math.min(...recording.blocks.map(({ number }) => Number(number)))
    return [name, { seen: [...orphaned, canonicalHead], orphaned, head: canonicalHead, from }]
  })

test.each(forks)(
  '%s: the recorded blocks are orphaned, and the recorded head is what answers name',
  async (name, expected) => {
    const recording = evmRecording(name)
    const tree = blocksOf(recording)
    const { chainId } = recording
    const chains = expected.seen.map((hash) => branchTo(chainId, tree, hash))
    const [first, ...others] = chains
    if (first === undefined) throw new Error('the recording has no fork')
    const below = expected.from - 1
    const node = await serve(first, { finalized: below })
    const rig = await createRig()
    await rig.startPipeline()
    rig.ingest([node.url], { start: { kind: 'height', height: below } }, { chainId })
    await rig.at(first.block(first.height))
    for (const chain of others) {
      node.setChain(chain)
      await rig.at(chain.block(chain.height))
    }
    const orphans = await rig.db.query<{ hash: string }>('SELECT hash FROM ingest.blocks WHERE NOT canonical')
    expect(orphans.map(({ hash }) => hash).sort()).toEqual([...expected.orphaned].sort())
    expect(await rig.get('/api/v1/networks/polygon')).toMatchObject({ data: { projected: { hash: expected.head } } })
    const live = await rig.db.query('SELECT token_id::int AS id FROM projection.asset_cards ORDER BY 1')
    expect(live).toEqual((others.at(-1) ?? first).withLogs.map(({ number }) => ({ id: number })))
  },
)

async function digests(rig: Rig): Promise<Record<string, unknown>> {
  const read = async (text: string) => (await rig.db.query<{ line: string }>(text)).map(({ line }) => line)
  const singles = await read(
    `SELECT '0x' || encode(s.address, 'hex') || ':' || c.token_id || ':0x' || encode(c.owner, 'hex') AS line
     FROM projection.asset_cards c JOIN projection.collection_stats s USING (collection_id)
     WHERE c.standard = 'erc721' AND c.owner IS NOT NULL`,
  )
  const sums = await read(
    `SELECT '0x' || encode(c.address, 'hex') || ':' || a.token_id || ':0x' || encode(o.account_address, 'hex') || ':' || o.quantity AS line
     FROM market.ownership_current o JOIN catalog.assets a USING (asset_id) JOIN catalog.collections c USING (collection_id)
     WHERE a.standard = 'erc1155'`,
  )
  const digest = (lines: string[]) => createHash('sha256').update(lines.sort().join('\n')).digest('hex')
  return {
    erc721Owners: singles.length,
    erc721Digest: digest(singles),
    erc1155Deltas: sums.length,
    erc1155Digest: digest(sums),
  }
}

test('nine blocks of Ethereum undone one by one: after each undo ownership has the digest recorded for that block', async () => {
  const recording = evmRecording('eth-blocks-14000004-14000012.json')
  const states = recording.expectState ?? []
  const whole = recordedChain([recording])
  const firstBlock = states[0]?.afterBlock ?? 0
  const node = await serve(whole, { finalized: firstBlock - 1 })
  const rig = await createRig()
  await rig.startPipeline()
  rig.ingest([node.url], { start: { kind: 'height', height: firstBlock - 1 } }, { chainId: 1 })
  await rig.at(whole.block(whole.height))
  for (const { afterBlock, ...state } of [...states].reverse().slice(1)) {
    const empty = emptyAfter(whole, afterBlock)
    node.setChain(empty)
    await rig.at(empty.block(empty.height))
    expect(await digests(rig)).toEqual(state)
  }
})

/** The chain up to a height, and one block without logs instead of the next one: shorter than what was there before. */
function emptyAfter(chain: ReplayChain, height: number): ReplayChain {
  const parent = chain.block(height)
  if (parent === undefined) throw new Error(`the chain has no block ${height}`)
  const next: ReplayBlock = {
    number: height + 1,
    hash: hashOf(`empty ${height + 1}`),
    parentHash: parent.hash,
    timestamp: parent.timestamp + 12,
    logs: [],
  }
  return {
    chainId: chain.chainId,
    height: height + 1,
    block: (number) => (number === height + 1 ? next : number > height ? undefined : chain.block(number)),
    withLogs: chain.withLogs.filter(({ number }) => number <= height),
  }
}
