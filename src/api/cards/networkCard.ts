import { z } from 'zod'
import { hash, height, time } from '../fields.js'
import { finalityStatus } from '../finality.js'

const block = z
  .object({ number: height, hash: hash.nullable(), time: time.nullable() })
  .meta({ id: 'Block', description: 'A block of the chain' })

export const networkCard = z
  .object({
    network: z.string().meta({ examples: ['polygon'] }),
    chain: z.string().meta({ description: 'Family of the chain', examples: ['evm'] }),
    chain_id: z.int().meta({ examples: [137] }),
    state: z.enum(['backfilling', 'live', 'disputed']).meta({
      description: 'backfilling: still reading the past. disputed: stopped, the chain contradicted its own finality',
      examples: ['live'],
    }),
    start_block: height.nullable().meta({ description: 'First block that is indexed' }),
    history_complete: z
      .boolean()
      .meta({ description: 'Whether nothing before start_block is missing', examples: [false] }),
    coverage: z.array(z.object({ from_block: height, to_block: height })).meta({
      description: 'Which blocks answers contain, as ranges with both ends included; more than one shows a hole',
    }),
    head: block.nullable().meta({ description: 'Newest block of the chain that was seen' }),
    safe: block.nullable().meta({
      description:
        'Newest block that the chain calls safe (Ethereum: the justified one), never above head or below finalized; it can go back in a fork. null where chain or endpoint have no such notion, or did not say with this head',
    }),
    finalized: block.nullable().meta({ description: 'Newest block that cannot change any more' }),
    projected: block.nullable().meta({ description: 'Block that answers are computed at' }),
    lag_blocks: z
      .int()
      .nonnegative()
      .nullable()
      .meta({ description: 'From projected to head', examples: [1] }),
    lag_seconds: z
      .number()
      .nonnegative()
      .nullable()
      .meta({ description: 'Age of the projected block', examples: [3] }),
    updated_at: time,
    finality_status: finalityStatus,
  })
  .meta({ id: 'NetworkCard', description: 'A network and how far it is read' })
export type NetworkCard = z.infer<typeof networkCard>
