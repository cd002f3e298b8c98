import { accountFields } from '../friendly.js'
import type { Change, FeedState } from './query.js'

/** What a caller wants to hear of; a field that is undefined does not matter. */
export interface EventFilter {
  readonly network: string | undefined
  readonly collection: string | undefined
  readonly account: string | undefined
}

/** Whether somebody with this filter wants to hear of a network. */
export function isOf(network: string, filter: EventFilter): boolean {
  return filter.network === undefined || filter.network === network
}

/** Whether a change is told to somebody with this filter. Of a reset everybody on the network hears. */
export function matches(change: Change, filter: EventFilter): boolean {
  const { collection, account } = filter
  if (!isOf(change.network, filter)) return false
  if (change.kind === 'reset') return true
  if (collection !== undefined && change.collection_id !== collection) return false
  return account === undefined || change.accounts.includes(account)
}

/** The first event: where the networks are. */
export function readyText(id: string, states: readonly FeedState[]): string {
  const blocks = states.map(({ network, finality_status, block_number, block_hash }) => ({
    network,
    finality_status,
    block_number,
    block_hash,
  }))
  return text('ready', id, { blocks })
}

/** Rows between the caller's place and what is kept are gone. */
export function resetText(id: string, network: string): string {
  return text('reset', id, { network, reason: 'expired' })
}

/** A change as an event. */
export function eventText(id: string, change: Change): string {
  const { network, seq, kind, block_number, block_hash, finality_status } = change
  if (kind === 'reset') return text('reset', id, { network, reason: 'bulk', block_number })
  return text(kind, id, {
    change_id: `${network}:${seq}`,
    ...(kind === 'retracted' ? { retracts: `${network}:${change.retracts}` } : {}),
    network,
    asset_id: change.asset_id,
    collection_id: change.collection_id,
    block_number,
    block_hash,
    finality_status: kind === 'retracted' ? 'pending' : finality_status,
    holders: change.accounts.map((account, index) => ({
      ...accountFields(account),
      quantity: String(change.quantities[index]),
    })),
  })
}

/** Keeps the connection open, and tells the caller's place. */
export function heartbeatText(id: string): string {
  return `: heartbeat\nid: ${id}\n\n`
}

function text(event: string, id: string, data: object): string {
  return `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}
