import type { NetworkConfig } from '../../core/config.js'
import type { Db } from '../../core/db.js'
import { topicSchemas } from '../../core/events.js'
import type { Network } from '../../core/networks.js'
import { openseaSource } from '../../ingest/evm/opensea/source.js'
import { keepReading, type OrderStore } from '../../ingest/listings/read.js'
import type { ListingSource } from '../../ingest/listings/source.js'
import type { Attempt } from '../../ingest/resilience.js'
import { beginScope, finishScope, keepOrders } from '../../pipeline/offchain.js'
import { defineTasks } from '../../worker/define.js'
import { type Provider, provider } from '../../worker/dependency.js'
import type { Task } from '../../worker/task.js'
import type { Chain } from './chains.js'

const { task, Trigger } = defineTasks(topicSchemas)

/** For how many rounds an answer of the source is believed: one or two may fail. */
const BELIEVED_ROUNDS = 3

export interface ListingsParts {
  readonly config: NetworkConfig
  readonly chain: Provider<Chain>
  /** Pool of the role ft_pipeline. */
  readonly db: Provider<Db>
  readonly observe: (attempt: Attempt) => void
}

/** The task that reads a network's listing source; none where the operator has not configured one. */
export function listingsTasks({ config, chain, db, observe }: ListingsParts): Task[] {
  const { listings } = config
  if (listings === null) return []
  const source = provider({
    name: `listing source of ${config.name}`,
    start: () =>
      openseaSource({
        ...{ network: config.name, chainId: config.chainId, url: listings.url, key: listings.key, observe },
        collections: listings.collections,
      }),
    stop: (opened) => opened.close(),
  })
  return [
    task({
      name: `listings-${config.name}`,
      trigger: Trigger.loop(),
      deps: { source, chain, db },
      run: (deps, { signal, log }) => {
        const { network } = deps.chain
        const about = { network: network.name, source: deps.source.name }
        const options = {
          source: deps.source,
          store: orderStore(deps.db, network, deps.source, listings.everyMs * BELIEVED_ROUNDS),
          everyMs: listings.everyMs,
          onRead: (reading: object) => log.info({ ...about, ...reading }, 'listings read'),
          onFailure: (scope: string, error: unknown) =>
            log.warn(
              { ...about, scope, err: error },
              'listings could not be read: those of the last time are kept for a while',
            ),
        }
        return keepReading(options, signal)
      },
    }),
  ]
}

/** Where a source's orders go: into the market's tables, each step in a transaction of its own. */
export function orderStore(
  db: Db,
  network: Network,
  { name: source }: Pick<ListingSource, 'name'>,
  freshMs: number,
): OrderStore {
  return {
    begin: () => db.transaction((tx) => beginScope(tx)),
    keep: (scope, orders) => db.transaction((tx) => keepOrders(tx, network, { source, scope }, orders)),
    finish: (scope, began, contracts) =>
      db.transaction((tx) => finishScope(tx, network, { source, scope }, { began, contracts, freshMs })),
  }
}
