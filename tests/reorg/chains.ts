import { onTestFinished } from 'vitest'
import type { LogSpec, ReplayBlock, ReplayChain } from '../support/replay/chain.js'
import { type Replay, type ReplayOptions, startReplay } from '../support/replay/server.js'
import { address, single, transfer721, ZERO } from '../support/replay/specs.js'

export const NFT = address('nft', 1)
export const GAME = address('game', 1)
export const ALICE = address('account', 1)
export const BOB = address('account', 2)
export const CAROL = address('account', 3)

const named = (tx: string | undefined): { tx?: string } => (tx === undefined ? {} : { tx })

export const mint = (tokenId: number, to = ALICE, tx?: string): LogSpec =>
  transfer721({ contract: NFT, from: ZERO, to, tokenId: BigInt(tokenId), ...named(tx) })

export const move = (tokenId: number, from: string, to: string, tx?: string): LogSpec =>
  transfer721({ contract: NFT, from, to, tokenId: BigInt(tokenId), ...named(tx) })

export const give = (tokenId: number, value: number, from: string, to: string, tx?: string): LogSpec =>
  single({ contract: GAME, from, to, tokenId: BigInt(tokenId), value: BigInt(value), ...named(tx) })

/** A node that is closed when the test ends. */
export async function serve(chain: ReplayChain, options: ReplayOptions = {}): Promise<Replay> {
  const node = await startReplay(chain, options)
  onTestFinished(() => node.close())
  return node
}

/** The last block of a chain. */
export function tip(chain: ReplayChain): ReplayBlock {
  const block = chain.block(chain.height)
  if (block === undefined) throw new Error('the chain has no block')
  return block
}

/** Path of a token of `NFT` in the API. */
export const token = (tokenId: number): string => `/api/v1/networks/polygon/contracts/${NFT}/tokens/${tokenId}`
