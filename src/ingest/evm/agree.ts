import { FtError, isFtError } from '../../core/errors.js'
import type { BlockHeader, ChainBlock, ChainRange } from '../adapter.js'
import type { RunOptions } from '../resilience.js'
import type { Source } from './blockLogs.js'
import { plain, type ReadBlock, readBlock, readFinalized, readHeader, readRange } from './read.js'
import { leftOut, refuteByReceipts } from './receipts.js'
import type { Rpc } from './rpc.js'
import type { EvmHeader } from './wire.js'

/*
 * What several endpoints say together. One of them can be on a branch that the others left, behind, or wrong; a fork that only it
 * sees must not take anything back, and a block that only it calls final is not final.
 */

/** The endpoints of a network as JSON-RPC clients. */
export interface Pool {
  readonly size: number
  run<T>(operation: (rpc: Rpc) => Promise<T>, options?: RunOptions): Promise<T>
  each<T>(operation: (rpc: Rpc) => Promise<T>, withinMs?: number): Promise<readonly PromiseSettledResult<T>[]>
  quarantine(endpoint: string, ms: number): void
}

/** How long a vote waits for an endpoint, and how long one that was outvoted is left alone. */
const VOTE_MS = 3_000
const QUARANTINE_MS = 60_000

interface Vote {
  readonly endpoint: string
  readonly header: BlockHeader
}

/**
 * The header at a height that most of the endpoints that have one give. The others are quarantined.
 * @throws FtError rpc_transient when no majority agrees; as ChainAdapter lists them when none has it
 */
export async function agreedHeader(pool: Pool, number: number): Promise<BlockHeader> {
  const read = async (rpc: Rpc) => plain(await readHeader(rpc, number))
  if (pool.size === 1) return await pool.run(read)
  const votes = answered(
    await pool.each(async (rpc) => ({ endpoint: rpc.endpoint.name, header: await read(rpc) }), VOTE_MS),
  )
  if (votes.length === 0) return await pool.run(read)
  const [most = []] = byHash(votes)
  const [winner] = most
  if (winner === undefined || most.length * 2 <= votes.length) throw disagreement(number, votes)
  for (const { endpoint, header } of votes) {
    if (header.hash !== winner.header.hash) pool.quarantine(endpoint, QUARANTINE_MS)
  }
  return winner.header
}

/**
 * The newest block that two endpoints call final and have under the same hash, more than have another; with one endpoint, its word. Null
 * where no two have such a notion.
 * @throws FtError when no endpoint answers; rpc_transient when they have other blocks at every height that two of them call final
 */
export async function agreedFinalized(pool: Pool): Promise<BlockHeader | null> {
  if (pool.size === 1) return await pool.run(readFinalized)
  const results = await pool.each(async (rpc) => ({ rpc, finalized: await readFinalized(rpc) }), VOTE_MS)
  const found = answered(results)
  const failure = results.find((result) => result.status === 'rejected')
  if (found.length === 0 && failure !== undefined) throw failure.reason
  const words = found.flatMap(({ rpc, finalized }) => (finalized === null ? [] : [{ rpc, finalized }]))
  const heights = [...new Set(words.map(({ finalized }) => finalized.number))].sort((a, b) => b - a)
  let split: FtError | null = null
  for (const height of heights) {
    const asked = words
      .filter(({ finalized }) => finalized.number >= height)
      .map(async ({ rpc, finalized }): Promise<Vote> => {
        const header = finalized.number === height ? finalized : plain(await readHeader(rpc, height))
        return { endpoint: rpc.endpoint.name, header }
      })
    const votes = answered(await Promise.allSettled(asked))
    const [most = [], second = []] = byHash(votes)
    if (most.length >= 2 && most.length > second.length) return most[0]?.header ?? null
    if (second.length > 0) split = disagreement(height, votes)
  }
  if (split !== null) throw split
  return null
}

/**
 * A block without logs although its bloom speaks of some is believed when a second opinion says the same: another endpoint's, or
 * receipts, where there is no other or none that answers now. Blooms have false positives, so where the only endpoint has no receipts
 * the answer stands. `headOf` gives the head that an endpoint has just named; `check` throws for a header that must not be.
 * @throws FtError as ChainAdapter lists them
 */
export async function agreedBlock(
  pool: Pool,
  source: Source,
  number: number,
  { headOf, check }: { headOf(endpoint: string): EvmHeader | null; check?(rpc: Rpc, header: BlockHeader): void },
): Promise<ChainBlock> {
  let asked = ''
  const first = await pool.run(async (rpc) => {
    asked = rpc.endpoint.name
    const read = await readBlock(rpc, source, number, headOf(asked))
    check?.(rpc, read.header)
    if (read.doubtful && pool.size === 1) await refuteByReceipts(rpc, source, read.header)
    return read
  })
  if (!first.doubtful || pool.size === 1) return first.block
  const second = await secondOpinion(pool, source, number, asked)
  if (second.block.header.hash !== first.block.header.hash) {
    throw new FtError('rpc_transient', `the endpoints do not agree about block ${number}`, {
      details: { block: number },
    })
  }
  return second.block
}

/** The block as another endpoint than `asked` has it; where none answers, as receipts confirm it: one that is down must not stop the others. */
async function secondOpinion(pool: Pool, source: Source, number: number, asked: string): Promise<ReadBlock> {
  try {
    return await pool.run((rpc) => readBlock(rpc, source, number), { except: asked, once: true })
  } catch (error) {
    if (!isFtError(error) || !error.spec.retryable) throw error
    const confirmed = await pool.run(async (rpc) => {
      const read = await readBlock(rpc, source, number)
      return !read.doubtful || (await refuteByReceipts(rpc, source, read.header)) ? read : null
    })
    // Not thrown above: that would be a fault of the endpoint that answers.
    if (confirmed === null) throw error
    return confirmed
  }
}

/**
 * The blocks of [from, to] from one endpoint that has the same last block as most of them: what is read in ranges is stored as final, and one
 * endpoint may be on a branch of its own. The last block is held against its bloom as well: an endpoint whose index of logs lags leaves out the
 * end of a range.
 * @throws FtError rpc_transient when no majority agrees about the last block; as ChainAdapter lists them
 */
export async function agreedRange(pool: Pool, source: Source, from: number, to: number): Promise<ChainRange> {
  const agreed = pool.size === 1 ? null : (await agreedHeader(pool, to)).hash
  const check = (rpc: Rpc, last: BlockHeader): void => {
    if (agreed !== null && last.hash !== agreed) throw disagreement(to, [{ endpoint: rpc.endpoint.name, header: last }])
  }
  const lastBlock = () => agreedBlock(pool, source, to, { headOf: () => null, check })
  if (from === to) {
    const block = await lastBlock()
    return { from, to, blocks: block.events.length > 0 ? [block] : [], last: block.header }
  }
  return await pool.run(async (rpc) => {
    const { range, doubtful } = await readRange(rpc, source, from, to)
    check(rpc, range.last)
    if (doubtful && (await lastBlock()).events.length > 0) throw leftOut(rpc, to)
    return range
  })
}

function answered<T>(results: readonly PromiseSettledResult<T>[]): T[] {
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

/** Votes for the same hash together, the largest group first. */
function byHash(votes: readonly Vote[]): Vote[][] {
  const groups = new Map<string, Vote[]>()
  for (const vote of votes) groups.set(vote.header.hash, [...(groups.get(vote.header.hash) ?? []), vote])
  return [...groups.values()].sort((a, b) => b.length - a.length)
}

function disagreement(number: number, votes: readonly Vote[]): FtError {
  const said = votes.map(({ endpoint, header }) => `${endpoint} has ${header.hash}`).join(', ')
  return new FtError('rpc_transient', `the endpoints do not agree about block ${number}: ${said}`, {
    details: { block: number },
  })
}
