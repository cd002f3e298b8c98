import type { NetworkDefinition } from '../../src/core/networks.js'
import type { Random } from '../support/world/random.js'
import type { Reading } from './faultyBus.js'
import { stream } from './random.js'

/** The deepest finality: forks reach as far. */
const DEEPEST = 12

/** What kind of world a seed is. */
export interface Profile {
  /** Whether ingestion reads the simulated chain itself, or through the EVM adapter from JSON-RPC servers. */
  readonly nodes: 'scripted' | 'evm'
  readonly bus: 'embedded' | 'redis'
  /** Blocks that exist before the first process starts, and the last final one of them (by the chain's word). */
  readonly blocks: number
  readonly final: number
  /** How many blocks below the highest are not final; null: the chain says what is final. */
  readonly depth: number | null
  /** Where indexing begins: at the chain's start, among its final blocks, or above them. */
  readonly start: number
  /** Processes that run the pipeline: one delivers, another takes over. */
  readonly pipelines: number
  readonly reading: Reading
  /** Whether the operator takes the network back now and then, final blocks too; its history is extended and its headers are pruned then, too. */
  readonly rewinds: boolean
  /** Whether messages are lost, and a sweeper sends again what is missing. */
  readonly losses: boolean
  /** Whether many blocks have nothing in them. */
  readonly quiet: boolean
  /** Whether contracts are asked what was held before the first block. */
  readonly openings: boolean
}

/** What worlds were before there was more to them: seeds that failed then are lived again as they were. */
export const PLAIN: Partial<Profile> = { rewinds: false, openings: false, quiet: false, losses: false }

/** The world of a seed; what `chosen` names is not the seed's to decide. */
export function profileOf(seed: number, chosen: Partial<Profile> = {}): Profile {
  const random = stream(seed, 'profile')
  const blocks = 4 + random.int(30)
  const final = random.int(blocks)
  const profile = {
    blocks,
    final,
    start: startOf(random, blocks, final),
    pipelines: 1 + random.int(2),
    reading: { batch: 1 + random.int(20), maxInFlight: 1 + random.int(3) },
    nodes: random.pick(['scripted', 'scripted', 'evm'] as const),
    bus: random.pick(['embedded', 'embedded', 'redis'] as const),
    depth: random.chance(0.3) ? 1 + random.int(Math.min(DEEPEST, blocks - 1)) : null,
    rewinds: random.chance(0.5),
    openings: true,
    quiet: random.chance(0.5),
    losses: random.chance(0.3),
    ...chosen,
  }
  // The JSON-RPC servers of a simulated chain run no contracts, and where history is whole nothing was held before it.
  return { ...profile, openings: profile.openings && profile.nodes === 'scripted' && profile.start > 1 }
}

/** How the system is told to find out what is final. */
export function finalityOf({ depth }: Profile): NetworkDefinition['finality'] {
  return depth === null ? { rule: 'tag', depth: 256 } : { rule: 'depth', depth }
}

function startOf(random: Random, blocks: number, final: number): number {
  if (random.chance(0.5)) return 0
  return random.chance(0.7) ? random.int(final + 1) : random.int(blocks)
}
