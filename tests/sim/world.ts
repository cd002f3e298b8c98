import type { Db } from '../../src/core/db.js'
import { isFtError, messageOf } from '../../src/core/errors.js'
import { registerNetwork } from '../../src/core/networks.js'
import { pruneHeaders } from '../../src/ingest/prune.js'
import { startTestRedis, type TestRedis } from '../support/redisServer.js'
import { CHAIN_ID, SimChain } from './chain.js'
import { differences } from './compare.js'
import { EvmNode } from './evmNode.js'
import type { Truth } from './expected.js'
import { CALM } from './faultyBus.js'
import { RELIABLE } from './faultyDb.js'
import { Machines } from './machines.js'
import { FAIR, ScriptedNode, type SimNode } from './node.js'
import { finalityOf, type Profile } from './profile.js'
import { stream } from './random.js'

const NETWORK = 'polygon'
/** Far longer than anything takes on a loaded machine: who waits so long waits for ever. */
const PATIENCE_MS = 120_000

/** A database of its own for one world. */
export interface SimDatabase {
  readonly url: string
  readonly db: Db
}

/** The system did something it should not. */
export class SimFailure extends Error {
  override readonly name = 'SimFailure'
}

const SILENT = { heads: () => undefined, stored: () => undefined, retry: () => undefined }

/** What the processes have told so far. */
interface Events {
  handledForks: number
  failure: unknown
}

interface Parts extends Pick<SimWorld, 'chain' | 'node' | 'profile' | 'machines'> {
  readonly db: Db
  readonly events: Events
  readonly redis: TestRedis | null
}

/** How often tables are read again because something was written meanwhile. */
const MOST_COMPARISONS = 20

/** A chain, its nodes, and the system under test that reads it: everything that `driver.ts` acts on. */
export class SimWorld {
  readonly chain: SimChain
  readonly node: SimNode
  readonly machines: Machines
  readonly profile: Profile
  readonly #db: Db
  readonly #events: Events
  #redis: TestRedis | null
  #start: number

  private constructor(parts: Parts) {
    this.chain = parts.chain
    this.node = parts.node
    this.profile = parts.profile
    this.machines = parts.machines
    this.#db = parts.db
    this.#events = parts.events
    this.#redis = parts.redis
    this.#start = parts.profile.start
  }

  /** Makes the world of a seed, with no process running yet. */
  static async create(seed: number, profile: Profile, { url, db }: SimDatabase): Promise<SimWorld> {
    const chain = new SimChain(stream(seed, 'chain'), profile.blocks, {
      market: profile.nodes === 'scripted',
      quiet: profile.quiet,
    })
    if (profile.depth === null) chain.finalize(profile.final)
    else chain.finalizeByDepth(profile.depth)
    const nodes = { scripted: ScriptedNode, evm: EvmNode }[profile.nodes]
    const node = await nodes.start(NETWORK, chain, stream(seed, 'node'))
    const network = await registerNetwork(db, {
      name: NETWORK,
      chain: 'evm',
      chainId: CHAIN_ID,
      finality: finalityOf(profile),
      nativeCurrency: { symbol: 'POL', decimals: 18 },
      scope: 'all',
      endpoints: [],
    })
    const redis = profile.bus === 'redis' ? await startTestRedis() : null
    const events: Events = { handledForks: 0, failure: null }
    const machines = new Machines({
      seed,
      profile,
      url,
      admin: db,
      network,
      node,
      redisUrl: redis?.url ?? null,
      observer: { ...SILENT, fork: () => (events.handledForks += 1) },
      onFailure: (error) => {
        events.failure ??= error
      },
    })
    return new SimWorld({ chain, node, profile, machines, db, events, redis })
  }

  /** Forks that ingestion has found and handled. */
  get handledForks(): number {
    return this.#events.handledForks
  }

  get truth(): Truth {
    const { canonical, finalized, everSeen } = this.chain
    return {
      network: NETWORK,
      chain: canonical,
      finalized,
      start: this.#start,
      everSeen,
      openings: this.profile.openings,
    }
  }

  /** Waits until ingestion has stored the chain's last block. */
  async untilStored(): Promise<void> {
    await this.#until('ingestion is at the tip', async () => {
      const { cursor } = await this.#state()
      return cursor === this.chain.tip.hash
    })
  }

  /**
   * Takes the network back to a height; where that is refused, to the one that is named instead. As long as it takes.
   * @returns false when there was nothing to take back, or no telling how far
   */
  async repair(height: number): Promise<boolean> {
    this.node.setWeather(FAIR)
    this.machines.setFaults(RELIABLE, CALM)
    this.node.announce()
    let to = height
    let isDone = false
    await this.#until('the network is taken back', async () => {
      const { rewound, refusal } = await this.machines.rewind(to)
      isDone = rewound
      if (isFtError(refusal, 'fork_below_finality')) to = Number(refusal.details['highest'])
      return refusal === null || isFtError(refusal, 'request_invalid')
    })
    return isDone
  }

  /** Ends all faults, waits until nothing moves any more, and compares. @throws SimFailure naming what differs */
  async quiet(): Promise<void> {
    this.node.setWeather(FAIR)
    this.machines.setFaults(RELIABLE, CALM)
    await this.machines.startAll()
    this.node.announce()
    // What was written while the tables were read proves nothing: ingestion says where the chain stands whenever it likes.
    for (let tries = 1; ; tries += 1) {
      const sent = await this.#still()
      const found = await differences(this.#db, this.truth)
      if (found.length === 0) return
      if (tries === MOST_COMPARISONS || (await this.#lastMessage()) === sent) {
        throw new SimFailure(`the tables differ from the canonical chain:\n  ${found.join('\n  ')}`)
      }
    }
  }

  /** Waits until nothing is on its way; gives the number of the last message before that. */
  async #still(): Promise<number> {
    let sent = 0
    await this.#until('everything is still', async () => {
      const { tip, finalized } = this.chain
      sent = await this.#lastMessage()
      // Whose transaction is open may have taken its message's number already: it is there when that is committed.
      const writing = await this.#writing()
      const state = await this.#state()
      return (
        writing === 0 &&
        state.cursor === tip.hash &&
        state.head === tip.hash &&
        state.projected === tip.hash &&
        state.finalized === finalized.number &&
        (state.unopened === 0 || !this.profile.openings) &&
        state.pending === 0
      )
    })
    return sent
  }

  /** Opening balances in the ledger. */
  async openings(): Promise<number> {
    const [row] = await this.#db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ledger.normalized_events WHERE event_kind = 'opening_balance' AND NOT reverts`,
    )
    return row?.count ?? 0
  }

  async #lastMessage(): Promise<number> {
    const [row] = await this.#db.query<{ seq: number }>('SELECT last_value AS seq FROM system.outbox_seq')
    return row?.seq ?? 0
  }

  /** Sessions of the system that have written something which they have not committed. */
  async #writing(): Promise<number> {
    const [row] = await this.#db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'sim %' AND backend_xid IS NOT NULL`,
    )
    return row?.count ?? 0
  }

  /** Ends connections of the system from the server's side. */
  async cutConnections(count: number): Promise<void> {
    await this.#db.query(
      `SELECT pg_terminate_backend(pid) FROM (
         SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sim %'
         ORDER BY backend_start DESC LIMIT $1) AS chosen`,
      [count],
    )
  }

  /** Puts copies of about one in `share` of all messages so far at the end of the outbox. */
  async redeliver(share: number, salt: string): Promise<number> {
    const rows = await this.#db.query(
      `INSERT INTO system.outbox_events (topic, payload)
       SELECT topic, payload FROM system.outbox_events
       WHERE abs(hashtext(seq::text || $2)::bigint) % $1 = 0
       ORDER BY hashtext(seq::text || $2) LIMIT 200
       RETURNING seq`,
      [share, salt],
    )
    return rows.length
  }

  /** Sends about one in `share` of the waiting messages to the end of the queue; again when it got in each other's way with the bus, which marks them. */
  async reorder(share: number, salt: string): Promise<void> {
    await this.#db.transaction((tx) =>
      tx.query(
        `UPDATE system.outbox_events SET seq = nextval('system.outbox_seq')
         WHERE published_at IS NULL AND abs(hashtext(seq::text || $2)::bigint) % $1 = 0`,
        [share, salt],
      ),
    )
  }

  /** Reads history down to a height below the first block, as far as nothing fails. Gives why it ended early, or null. */
  async extend(from: number): Promise<unknown> {
    const refusal = await this.machines.extend({ from, to: this.#start - 1 })
    const [row] = await this.#db.query<{ start: number | null }>('SELECT start_block AS start FROM ref.networks')
    this.#start = row?.start ?? this.#start
    return refusal
  }

  /** Forgets headers of blocks that no fork can reach and that have no events, as `ft worker partitions` does. Gives how many. */
  async prune(): Promise<number> {
    const [row] = await this.#db.query<{ network_id: number; below: number | null }>(
      `SELECT network_id, least(finalized_number, projected_number) AS below FROM projection.network_status WHERE state <> 'disputed'`,
    )
    return row?.below == null ? 0 : await pruneHeaders(this.#db, { id: row.network_id }, row.below)
  }

  /** Kills Redis and starts it again, with nothing in it. False when the world has none. */
  async restartRedis(): Promise<boolean> {
    if (this.#redis === null) return false
    const { port } = this.#redis
    await this.#redis.stop()
    this.#redis = await startTestRedis({ port })
    return true
  }

  async close(): Promise<void> {
    await this.machines.stopAll()
    await this.#redis?.stop()
    await this.node.close()
  }

  throwFailure(): void {
    const { failure } = this.#events
    if (failure !== null) throw new SimFailure(`a process failed: ${messageOf(failure)}`, { cause: failure })
  }

  async #state() {
    const [state] = await this.#db.query<{
      cursor: string | null
      head: string | null
      projected: string | null
      finalized: number | null
      pending: number
      unopened: number
    }>(
      `SELECT c.block_hash AS cursor, s.head_hash AS head, s.projected_hash AS projected,
         CASE WHEN c.finalized_number = s.finalized_number THEN c.finalized_number END AS finalized,
         (SELECT count(*)::int FROM system.outbox_events o LEFT JOIN system.streams t USING (topic)
          WHERE o.published_at IS NULL OR o.published_at >= t.acknowledged_to) AS pending,
         (SELECT count(*)::int FROM generate_series(s.start_block, s.finalized_number) AS b WHERE NOT EXISTS (
            SELECT FROM ledger.applied_ranges a WHERE a.consumer_id = 'opening_balances' AND a.blocks @> b)) AS unopened
       FROM system.sync_cursors c JOIN projection.network_status s USING (network_id)`,
    )
    if (state === undefined) throw new Error('the network is not registered')
    return state
  }

  async #until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (!(await condition())) {
      this.throwFailure()
      if (performance.now() > deadline) {
        throw new SimFailure(
          `waited in vain until ${what}: the tip is ${this.chain.tip.number} ${this.chain.tip.hash}, final ${this.chain.finalized.number}, the tables say ${JSON.stringify(await this.#state())}`,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    this.throwFailure()
  }
}
