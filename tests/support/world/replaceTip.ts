import type { ChainBlock } from '../../../src/ingest/adapter.js'
import type { Random } from './random.js'
import { buildBlock, randomTransaction, transactionsOf } from './world.js'

/** A longer branch in place of the last blocks: some of their transactions again, in other blocks, some gone, some new. */
export async function replaceTip(
  chain: readonly ChainBlock[],
  random: Random,
  salt: string,
  publish: (ancestor: ChainBlock, branch: readonly ChainBlock[]) => Promise<void>,
): Promise<ChainBlock[]> {
  const depth = 1 + random.int(6)
  const kept = chain.slice(0, chain.length - depth)
  const ancestor = kept.at(-1)
  if (ancestor === undefined) throw new Error('the fork is deeper than the chain')
  const mempool = chain.slice(chain.length - depth).flatMap(transactionsOf)
  const branch: ChainBlock[] = []
  for (let i = 0; i <= depth; i += 1) {
    const again = mempool.splice(0, random.int(4))
    const fresh = random.chance(0.5) ? [randomTransaction(random, 1_000_000 + random.int(1_000_000))] : []
    branch.push(buildBlock(branch.at(-1) ?? ancestor, [...again, ...fresh], { salt }))
  }
  await publish(ancestor, branch)
  return [...kept, ...branch]
}
