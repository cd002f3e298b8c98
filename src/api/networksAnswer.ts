import { z } from 'zod'
import { listFields } from './answers.js'
import { encodeCursor } from './cursor.js'
import { asOfFields, type FinalityStatus, finalityStatus, leastFinal } from './finality.js'

/* Answers that hold things of several networks: each network has a block of its own, so the answer names them all. */

const { network, block_number, block_hash } = asOfFields

/** What an answer of several networks says beside its `data`. */
export const asOfNetworks = {
  finality_status: finalityStatus,
  blocks: z
    .array(z.object({ network, block_number, block_hash }))
    .meta({ description: 'Per network: the block that the answer was computed at' }),
}

/** What a list of several networks says beside that. */
export const networksListFields = { history_complete: listFields.history_complete, next_cursor: listFields.next_cursor }

/** A row of such an answer's statement, which has at least one per network: without a `present` item where it found none. */
export interface NetworksRow<Item> {
  readonly answer: {
    readonly network: string
    readonly finality_status: FinalityStatus
    readonly block_number: number | null
    readonly block_hash: string | null
    readonly history_complete: boolean
  }
  readonly present: boolean
  readonly item: Item
}

/** The blocks of the networks, and what was found, in the order of the rows. */
export function joinNetworks<Item>(rows: readonly NetworksRow<Item>[]) {
  const networks = [...new Map(rows.map(({ answer }) => [answer.network, answer])).values()]
  return {
    networks,
    blocks: networks.map(({ network: name, block_number: number, block_hash: hash }) => ({
      network: name,
      block_number: number,
      block_hash: hash,
    })),
    items: rows.filter(({ present }) => present).map(({ item }) => item),
  }
}

/** A page of a list that goes over networks: as final as the newest block that it was computed at. */
export function pageOfNetworks<Item extends { finality_status: FinalityStatus }>(
  rows: readonly NetworksRow<Item>[],
  { limit, list, key }: { readonly limit: number; readonly list: string; readonly key: (item: Item) => unknown },
) {
  const { networks, blocks, items } = joinNetworks(rows)
  const data = items.slice(0, limit)
  const last = data.at(-1)
  return {
    data,
    finality_status: leastFinal('finalized', ...networks.map(({ finality_status: status }) => status)),
    blocks,
    history_complete: networks.every(({ history_complete: complete }) => complete),
    next_cursor: items.length > limit && last !== undefined ? encodeCursor(list, key(last)) : null,
  }
}
