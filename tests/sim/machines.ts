import type { Db } from '../../src/core/db.js'
import type { BlockSpan } from '../../src/core/events.js'
import type { Network } from '../../src/core/networks.js'
import type { IngestObserver } from '../../src/ingest/options.js'
import { keepIngesting, runIngest } from '../../src/ingest/writer.js'
import { CALM, type DeliveryCounts, type DeliveryFaults } from './faultyBus.js'
import { type DatabaseFaults, RELIABLE } from './faultyDb.js'
import type { SimNode } from './node.js'
import {
  extendOnce,
  type ProcessOptions,
  type Rewinding,
  rewindOnce,
  type SimProcess,
  startOpenings,
  startPipeline,
  startSweeper,
  startWriter,
} from './processes.js'
import { finalityOf, type Profile } from './profile.js'
import { stream } from './random.js'

export interface MachinesOptions {
  readonly seed: number
  readonly profile: Profile
  readonly url: string
  readonly admin: Db
  readonly network: Network
  readonly node: SimNode
  readonly redisUrl: string | null
  readonly observer: IngestObserver
  readonly onFailure: (error: unknown) => void
}

type Place = 'writer' | 'openings' | 'sweeper' | `pipeline ${number}`

/** The places at which the processes of the system under test run, and are stopped, killed and started again. */
export class Machines {
  readonly counts: DeliveryCounts & { kills: number; rewinds: number } = {
    redelivered: 0,
    refused: 0,
    lost: 0,
    kills: 0,
    rewinds: 0,
  }
  readonly #options: MachinesOptions
  readonly #running = new Map<Place, SimProcess>()
  #database = RELIABLE
  #delivery = CALM
  #started = 0

  constructor(options: MachinesOptions) {
    this.#options = options
  }

  get places(): readonly Place[] {
    return [
      'writer',
      ...(this.#options.profile.openings ? (['openings'] as const) : []),
      ...(this.#options.profile.losses ? (['sweeper'] as const) : []),
      ...Array.from({ length: this.#options.profile.pipelines }, (_, i) => `pipeline ${i + 1}` as const),
    ]
  }

  /** Starts what does not run. */
  async startAll(): Promise<void> {
    for (const place of this.places) await this.start(place)
  }

  async start(place: Place): Promise<void> {
    if (this.#running.has(place)) return
    const process = await this.#launch(place)
    process.setFaults(this.#database, this.#delivery)
    this.#running.set(place, process)
  }

  async stop(place: Place): Promise<void> {
    const process = this.#running.get(place)
    this.#running.delete(place)
    await process?.stop()
  }

  async kill(place: Place): Promise<void> {
    const process = this.#running.get(place)
    if (process === undefined) return
    this.#running.delete(place)
    this.counts.kills += 1
    await process.kill()
  }

  /** Takes the network back to a height, as the operator would: nothing may read it meanwhile. The connections fail as all others do. */
  async rewind(to: number): Promise<Rewinding> {
    await this.stop('writer')
    const rewinding = await rewindOnce(this.#common('rewind'), to, this.#database)
    if (rewinding.rewound) this.counts.rewinds += 1
    await this.start('writer')
    return rewinding
  }

  /** Reads history before the first block, beside everything else. Gives why it ended early, or null. */
  async extend(blocks: BlockSpan): Promise<unknown> {
    return await extendOnce(this.#common('backfill'), blocks, this.#database)
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((place) => this.stop(place)))
  }

  setFaults(database: DatabaseFaults, delivery: DeliveryFaults): void {
    this.#database = database
    this.#delivery = delivery
    for (const process of this.#running.values()) process.setFaults(database, delivery)
  }

  async #launch(place: Place): Promise<SimProcess> {
    const { profile, redisUrl, observer } = this.#options
    const common = this.#common(place)
    if (place === 'openings') return startOpenings(common)
    if (place === 'sweeper') return startSweeper(common)
    if (place !== 'writer')
      return await startPipeline({ ...common, reading: profile.reading, counts: this.counts, redisUrl })
    const start = { kind: 'height', height: profile.start } as const
    // Where nobody would take it back, a network must never be disputed.
    const ingest = profile.rewinds ? keepIngesting : runIngest
    return startWriter({ ...common, observer, start, finality: finalityOf(profile), ingest })
  }

  #common(what: string): ProcessOptions {
    const { seed, url, admin, network, node, onFailure } = this.#options
    this.#started += 1
    const name = `sim ${this.#started} ${what}`
    return { name, url, admin, network, adapter: node.adapter, random: stream(seed, name), onFailure }
  }
}
