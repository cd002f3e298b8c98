import { parseAddress } from '../../core/address.js'
import type { Parser } from '../../core/events.js'
import { marketAddresses, marketTopics, namingTopics } from './marketplaces/registry.js'
import { ORDER_VALIDATED_V1, ORDERS_MATCHED, TRANSFER_TOPICS, UPDATE_TOPICS } from './topics.js'
import type { WireLog } from './wire.js'

/** Which contracts' tokens are read: all but a deny-list, or a list. */
export type ContractScope =
  | { readonly mode: 'all'; readonly deny: readonly string[] }
  | { readonly mode: 'list'; readonly addresses: readonly string[] }

/** A part of an eth_getLogs filter: what is asked for, not where. */
export interface LogFilter {
  readonly address?: readonly string[]
  readonly topics: readonly (readonly string[] | null)[]
}

/** Whether a node that filters by topic count, as go-ethereum and Bor do, gives the log for this filter. */
export function matchesFilter(log: WireLog, { address, topics }: LogFilter): boolean {
  if (address !== undefined && !address.includes(log.address)) return false
  if (topics.length > log.topics.length) return false
  return topics.every((wanted, place) => wanted === null || wanted.includes(log.topics[place] ?? ''))
}

/** What is read of the chain: the filters for the node, and the choice among what it gives. */
export interface Scope {
  /** The queries that find all events; no log answers two of them. */
  readonly filters: readonly LogFilter[]
  /** The queries that find what contracts say of their metadata. No event comes of it, and reading blocks does not ask for it. */
  readonly updateFilters: readonly LogFilter[]
  /** The listed contracts; null when all are read. */
  readonly listed: ReadonlySet<string> | null
  /** The logs of one block that become events, of those that the filters gave. */
  select(logs: readonly WireLog[]): readonly WireLog[]
  /** Leaves out the facts about contracts that are not read: an order can name several. */
  narrow(parser: Parser): Parser
}

/** Most addresses of one filter: go-ethereum and Bor refuse more (`exceed max addresses`). */
const MOST_ADDRESSES = 1_000

const transferTopics: ReadonlySet<string> = new Set(TRANSFER_TOPICS)

/**
 * The scope of a configuration. Transfers are asked for with trailing nulls, because go-ethereum and Bor then skip logs with
 * fewer topics, which leaves out ERC-20; nodes that ignore that cost traffic only.
 * @throws FtError address_invalid
 */
export function createScope(contracts: ContractScope, marketplaces: readonly string[] = marketAddresses): Scope {
  const addresses = (contracts.mode === 'all' ? contracts.deny : contracts.addresses).map((address) =>
    parseAddress('evm', address),
  )
  const named = new Set(addresses)
  const isRead = (contract: string) => named.has(contract) === (contracts.mode === 'list')
  const markets = marketplaces.map((address) => parseAddress('evm', address))
  const ofContracts = (topics: LogFilter['topics']): LogFilter[] =>
    contracts.mode === 'all' ? [{ topics }] : parts([...named]).map((address) => ({ address, topics }))
  const transfers = ofContracts([TRANSFER_TOPICS, null, null, null])
  const orders: LogFilter = { address: markets, topics: [marketTopics] }
  return {
    filters: markets.length === 0 ? transfers : [...transfers, orders],
    updateFilters: ofContracts([UPDATE_TOPICS]),
    listed: contracts.mode === 'list' ? named : null,
    select: (logs) => select(logs, isRead, contracts.mode === 'list' ? addresses : null),
    narrow: (parser) => (events) => {
      const { facts, failures } = parser(events)
      return { facts: facts.filter(({ contract }) => contract === null || isRead(contract)), failures }
    },
  }
}

function parts(addresses: readonly string[]): (readonly string[])[] {
  const count = Math.ceil(addresses.length / MOST_ADDRESSES)
  return Array.from({ length: count }, (_, n) => addresses.slice(n * MOST_ADDRESSES, (n + 1) * MOST_ADDRESSES))
}

/**
 * ERC-20 (three topics), unread contracts, and orders that say nothing are left out. With a list, an order is kept when it
 * names a listed contract, or when one of them moved in the same transaction (orders can name an adapter instead).
 */
function select(
  logs: readonly WireLog[],
  isRead: (contract: string) => boolean,
  listed: readonly string[] | null,
): readonly WireLog[] {
  const isMove = (log: WireLog) => transferTopics.has(log.topics[0] ?? '')
  const moves = (log: WireLog) => isMove(log) && log.topics.length === 4 && isRead(log.address)
  if (listed === null) return logs.filter((log) => (isMove(log) ? moves(log) : isTelling(log)))
  const names = listed.map((address) => address.slice(2))
  const isNamed = (log: WireLog) => isContent(log) && names.some((name) => log.data.includes(name))
  const touched = new Set(logs.filter((log) => moves(log) || isNamed(log)).map(({ txHash }) => txHash))
  return logs.filter((log) => {
    if (isMove(log)) return moves(log)
    return isTelling(log) && (touched.has(log.txHash) || !(isContent(log) || log.topics[0] === ORDERS_MATCHED))
  })
}

function isContent(log: WireLog): boolean {
  return namingTopics.has(log.topics[0] ?? '')
}

function isTelling(log: WireLog): boolean {
  return log.topics[0] !== ORDER_VALIDATED_V1
}
