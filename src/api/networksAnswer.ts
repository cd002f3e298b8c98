import { z } from 'zod'
import { listFields } from './answers.js'
import { asOfFields, finalityStatus, leastFinal } from './finality.js'
import { cut, type ListRow, type PageRequest } from './page.js'

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

/** The networks of rows that are at least one per network, and the blocks that they are at. */
export function networksOf<Answer extends Omit<ListRow<unknown>['answer'], 'history_complete'>>(
  rows: readonly { readonly answer: Answer }[],
) {
  const networks = [...new Map(rows.map(({ answer }) => [answer.network, answer])).values()]
  const blocks = networks.map(({ network: name, block_number: number, block_hash: hash }) => ({
    network: name,
    block_number: number,
    block_hash: hash,
  }))
  return { networks, blocks }
}

/** A page of a list that goes over networks: as final as the newest block that it was computed at. */
export function pageOfNetworks<Item>(rows: readonly ListRow<Item>[], request: PageRequest<Item>) {
  const { networks, blocks } = networksOf(rows)
  const { data, next_cursor } = cut(rows, request)
  return {
    data,
    finality_status: leastFinal('finalized', ...networks.map(({ finality_status: status }) => status)),
    blocks,
    history_complete: networks.every(({ history_complete: complete }) => complete),
    next_cursor,
  }
}
