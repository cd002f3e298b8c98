import { EVM_ZERO } from '../../core/address.js'
import type { Fact, Standard } from '../../core/events.js'
import type { EvmLog } from './log.js'

/** The content of one movement of tokens, before it is known what kind of movement it is. */
export interface Movement {
  readonly standard: Standard
  readonly tokenId: bigint
  readonly from: string
  readonly to: string
  readonly quantity: bigint
}

/**
 * The fact of a movement. From the zero address it is a mint, to it a burn. From zero to zero is ERC-1155's announcement of an
 * id (EIP-1155, "TransferSingle … 0x0 to 0x0"): it moves nothing, and is kept as a transfer without accounts so that the
 * sub-indexes of its event stay contiguous.
 */
export function movementFact(log: EvmLog, subIndex: number, movement: Movement): Fact {
  const from = movement.from === EVM_ZERO ? null : movement.from
  const to = movement.to === EVM_ZERO ? null : movement.to
  const kind = from === null && to !== null ? 'mint' : to === null && from !== null ? 'burn' : 'transfer'
  return {
    sourceEventId: log.sourceEventId,
    subIndex,
    kind,
    standard: movement.standard,
    contract: log.contract,
    tokenId: movement.tokenId,
    from,
    to,
    quantity: movement.quantity,
    details: null,
  }
}
