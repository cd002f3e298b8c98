import { messageOf } from '../../src/core/errors.js'
import type { Random } from '../support/world/random.js'
import { CALM } from './faultyBus.js'
import { RELIABLE } from './faultyDb.js'
import { FAIR } from './node.js'
import { type Profile, profileOf } from './profile.js'
import { stream, weighted } from './random.js'
import { type SimDatabase, SimFailure, SimWorld } from './world.js'

/** How likely each action is to be the next. */
const ACTIONS = {
  grow: 6,
  fork: 15,
  flip: 3,
  finalize: 3,
  weather: 3,
  faults: 2,
  cut: 2,
  kill: 2,
  pause: 1,
  redeliver: 2,
  reorder: 2,
  redis: 1,
  catchUp: 8,
  quiet: 3,
  rewind: 0,
  contradict: 0,
  prune: 0,
  extend: 0,
}
/** The same where the operator takes the network back now and then. */
const WITH_REWINDS = { ...ACTIONS, rewind: 3, contradict: 3, prune: 4, extend: 3 }
type Action = keyof typeof ACTIONS

const DEEPEST = 12
/** Actions that a failure's report shows. */
const REMEMBERED = 12

/** What a simulation did. */
export interface Summary {
  readonly seed: number
  /** Its nodes, its bus, and its finality. */
  readonly kind: string
  readonly steps: number
  readonly blocks: number
  /** Branches that became canonical in place of others, and forks that ingestion saw. */
  readonly forks: number
  readonly handledForks: number
  readonly redelivered: number
  readonly kills: number
  readonly rewinds: number
  /** Messages that nobody was given. */
  readonly lost: number
  /** Opening balances that were written, those among them that were taken back again. */
  readonly openings: number
  readonly cuts: number
  readonly quietPoints: number
}

export interface SimulationOptions {
  readonly seed: number
  readonly steps: number
  readonly database: SimDatabase
  /** What the seed is not to decide. */
  readonly chosen?: Partial<Profile>
}

/**
 * Lives one world: a seed decides what the chain does and what goes wrong when, step by step; at quiet points, and at the end, the
 * tables are compared with the canonical chain.
 * @throws SimFailure naming seed, step and the last actions
 */
export async function simulate({ seed, steps, database, chosen }: SimulationOptions): Promise<Summary> {
  const profile = profileOf(seed, chosen)
  const driver = new Driver(await SimWorld.create(seed, profile, database), stream(seed, 'driver'))
  try {
    return { seed, kind: kindOf(profile), steps, ...(await driver.run(steps)) }
  } catch (error) {
    const text = `seed ${seed} (${kindOf(profile)}), ${driver.history}: ${messageOf(error)}`
    throw new SimFailure(text, { cause: error })
  } finally {
    await driver.close()
  }
}

function kindOf({ nodes, bus, depth }: Profile): string {
  return `${nodes} nodes, ${bus} bus, final by ${depth === null ? 'tag' : `depth ${depth}`}`
}

class Driver {
  readonly #world: SimWorld
  readonly #random: Random
  readonly #history: string[] = []
  #forks = 0
  #cuts = 0
  #quietPoints = 0
  #redelivered = 0

  constructor(world: SimWorld, random: Random) {
    this.#world = world
    this.#random = random
  }

  /** How likely a batch of messages is to be lost. */
  get #lost(): number {
    return this.#world.profile.losses ? 0.2 : 0
  }

  get history(): string {
    return `step ${this.#history.length} (${this.#history.slice(-REMEMBERED).join(', ')})`
  }

  close(): Promise<void> {
    return this.#world.close()
  }

  async run(steps: number): Promise<Omit<Summary, 'seed' | 'kind' | 'steps'>> {
    const { chain, machines, profile } = this.#world
    await machines.startAll()
    machines.setFaults(RELIABLE, { ...CALM, lost: this.#lost })
    const actions = profile.rewinds ? WITH_REWINDS : ACTIONS
    while (this.#history.length < steps) await this.#step(weighted(this.#random, actions))
    await this.#step('quiet')
    return {
      blocks: chain.everSeen.length,
      forks: this.#forks,
      handledForks: this.#world.handledForks,
      redelivered: this.#redelivered + machines.counts.redelivered,
      kills: machines.counts.kills,
      rewinds: machines.counts.rewinds,
      lost: machines.counts.lost,
      openings: await this.#world.openings(),
      cuts: this.#cuts,
      quietPoints: this.#quietPoints,
    }
  }

  async #step(action: Action): Promise<void> {
    this.#history.push(action)
    const detail = await this.#act(action)
    this.#history.splice(-1, 1, `${action}${detail}`)
    this.#world.node.announce()
    // Time passes. How much is in the seed; what the processes make of it is not.
    await new Promise((resolve) => setTimeout(resolve, this.#random.int(25)))
    this.#world.throwFailure()
  }

  async #act(action: Action): Promise<string> {
    const { chain, machines, node } = this.#world
    const random = this.#random
    switch (action) {
      case 'grow': {
        const count = 1 + random.int(4)
        chain.grow(count)
        return ` ${count}`
      }
      case 'fork':
        return this.#fork()
      case 'flip':
        return this.#flip()
      case 'finalize':
        if (this.#world.profile.depth !== null) return ' (by depth)'
        chain.finalize(chain.finalized.number + random.int(12))
        return ` ${chain.finalized.number}`
      case 'weather': {
        const some = (most: number): number => (random.chance(0.5) ? 0 : random.next() * most)
        node.setWeather({ lag: some(0.5), stale: some(0.2), error: some(0.2), unknown: some(0.3), tagless: some(0.5) })
        return ''
      }
      case 'faults': {
        const some = (most: number): number => (random.chance(0.5) ? 0 : random.next() * most)
        const delivery = { twice: some(0.5), unacknowledged: some(0.3), refused: some(0.2), shuffled: some(0.9) }
        const database = { killed: some(0.1), unheard: some(0.1) }
        machines.setFaults(database, { ...delivery, lost: this.#lost })
        return ''
      }
      case 'cut': {
        const count = 1 + random.int(3)
        this.#cuts += count
        await this.#world.cutConnections(count)
        return ` ${count}`
      }
      case 'kill': {
        const place = random.pick(machines.places)
        await machines.kill(place)
        await machines.start(place)
        return ` ${place}`
      }
      case 'pause': {
        const place = random.pick(machines.places)
        await machines.stop(place)
        return ` ${place}`
      }
      case 'redeliver':
        this.#redelivered += await this.#world.redeliver(2 + random.int(8), String(this.#history.length))
        return ''
      case 'reorder':
        await this.#world.reorder(2 + random.int(3), String(this.#history.length))
        return ''
      case 'redis':
        return (await this.#world.restartRedis()) ? ' restarted' : ' (none)'
      case 'catchUp':
        await this.#catchUp()
        return ''
      case 'quiet':
        await this.#settle()
        return ''
      case 'rewind':
        return this.#rewind()
      case 'contradict':
        return this.#contradict()
      case 'extend':
        return this.#extend()
      case 'prune':
        return ` ${await this.#world.prune()}`
    }
  }

  /** Other blocks in place of some that are not final: as many or more, sometimes fewer, and sometimes at once again. */
  #fork(): string {
    const { chain } = this.#world
    const deepest = Math.min(DEEPEST, chain.tip.number - chain.finalized.number)
    if (deepest === 0) return ' (nothing to fork)'
    const depth = 1 + this.#random.int(this.#random.chance(0.5) ? Math.min(3, deepest) : deepest)
    const length = this.#random.chance(0.2) ? 1 + this.#random.int(depth) : depth + this.#random.int(3)
    chain.fork(depth, length)
    this.#forks += 1
    return ` ${depth} to ${length}`
  }

  /** Back to any height, among the final blocks too, if nothing fails meanwhile. */
  async #rewind(): Promise<string> {
    const { chain, machines, truth } = this.#world
    const lowest = Math.max(0, truth.start - 1)
    const height = lowest + this.#random.int(Math.max(1, chain.tip.number - lowest))
    const { refusal } = await machines.rewind(height)
    return ` to ${height}${refusal === null ? '' : ` (${messageOf(refusal)})`}`
  }

  /** The chain forks below what was final. Only the operator can help then; until he does, the network may notice or not. */
  async #contradict(): Promise<string> {
    const { chain, profile } = this.#world
    const lowest = Math.max(0, profile.start - 1)
    const highest = Math.min(chain.finalized.number, chain.tip.number) - 1
    if (highest < lowest) return ' (nothing is final)'
    const ancestor = lowest + this.#random.int(highest - lowest + 1)
    chain.contradict(ancestor)
    this.#forks += 1
    this.#world.node.announce()
    await new Promise((resolve) => setTimeout(resolve, this.#random.int(200)))
    const height = lowest + this.#random.int(chain.tip.number - lowest)
    if (await this.#world.repair(height)) return ` above ${ancestor}, back to ${height}`
    await this.#world.repair(ancestor)
    return ` above ${ancestor}, back there`
  }

  /** History begins earlier, but not at the chain's beginning: cards would not say before a rebuild that it is whole. */
  async #extend(): Promise<string> {
    const { start } = this.#world.truth
    const from = 2 + this.#random.int(Math.max(1, start - 2))
    if (from >= start) return ' (nothing)'
    const refusal = await this.#world.extend(from)
    return ` to ${this.#world.truth.start}${refusal === null ? '' : ` (${messageOf(refusal)})`}`
  }

  #flip(): string {
    const { chain } = this.#world
    const { sides } = chain
    if (sides.length === 0) return ' (no other branch)'
    chain.flipTo(this.#random.pick(sides.slice(-3)))
    this.#forks += 1
    return ` to ${chain.tip.number}`
  }

  async #catchUp(): Promise<void> {
    const { machines, node } = this.#world
    node.setWeather(FAIR)
    await machines.start('writer')
    node.announce()
    if (this.#isReadable()) await this.#world.untilStored()
  }

  async #settle(): Promise<void> {
    const { chain, machines, profile } = this.#world
    // By depth, what is final follows from the highest tip. Whether that one was seen before a shorter branch replaced it is chance.
    if (profile.depth !== null || !this.#isReadable()) chain.grow(chain.highest - chain.tip.number)
    await this.#world.quiet()
    machines.setFaults(RELIABLE, { ...CALM, lost: this.#lost })
    this.#quietPoints += 1
  }

  /** A chain that ends below the first block to read shows nothing of what is stored: that may as well be a node which lags. */
  #isReadable(): boolean {
    const { chain, profile } = this.#world
    return chain.tip.number >= profile.start
  }
}
