import { toHex } from 'viem'
import type { ChainBlock, ChainEvent } from '../../src/ingest/adapter.js'
import type { LogSpec, ReplayBlock, ReplayChain, ReplayLog } from '../support/replay/chain.js'
import { batch, single, transfer721, ZERO } from '../support/replay/specs.js'
import { isBroken, legsOf } from '../support/world/world.js'
import { CHAIN_ID } from './chain.js'

const rendered = new WeakMap<ChainBlock, ReplayBlock>()

/** Blocks of the simulated chain, from block 0 on, as a node has them. */
export function replayChain(blocks: readonly ChainBlock[]): ReplayChain {
  const replayed = blocks.map((block) => {
    const known = rendered.get(block) ?? render(block)
    rendered.set(block, known)
    return known
  })
  return {
    chainId: CHAIN_ID,
    height: blocks.length - 1,
    block: (number) => replayed[number],
    withLogs: replayed.filter(({ logs }) => logs.length > 0),
  }
}

function render({ header, events }: ChainBlock): ReplayBlock {
  const transactions = [...new Set(events.map(({ txHash }) => txHash))]
  const logs = events.map((event): ReplayLog => {
    const { address, topics, data } = logOf(event)
    return {
      address,
      topics,
      data,
      blockNumber: toHex(header.number),
      blockHash: header.hash,
      transactionHash: event.txHash,
      transactionIndex: toHex(transactions.indexOf(event.txHash)),
      logIndex: toHex(event.position),
      removed: false,
    }
  })
  return { number: header.number, hash: header.hash, parentHash: header.parentHash, timestamp: header.time, logs }
}

/** The log that says what the event says. */
function logOf(event: ChainEvent): LogSpec {
  const { contract } = event
  const legs = legsOf(event.payload)
  const [first] = legs
  const from = first?.from ?? ZERO
  const to = first?.to ?? ZERO
  if (isBroken(event)) return batch({ contract, from, to, ids: [1n, 2n], values: [5n] })
  if (first === undefined) throw new Error(`event ${event.sourceEventId} moves nothing`)
  const tokenId = BigInt(first.tokenId ?? 0)
  switch (event.payload['type']) {
    case 'erc721':
      return transfer721({ contract, from, to, tokenId })
    case 'single':
      return single({ contract, from, to, tokenId, value: BigInt(first.quantity) })
    default: {
      const ids = legs.map((leg) => BigInt(leg.tokenId ?? 0))
      return batch({ contract, from, to, ids, values: legs.map((leg) => BigInt(leg.quantity)) })
    }
  }
}
