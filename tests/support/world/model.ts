import { type Fact, isMovement } from '../../../src/core/events.js'
import { assetId, collectionId } from '../../../src/core/ids.js'
import type { ChainBlock } from '../../../src/ingest/adapter.js'
import { heldBefore } from './heldBefore.js'
import { marketRows } from './marketModel.js'
import { factsOf } from './world.js'

/*
 * The truth, told a second time and as plainly as possible: reads the canonical chain once, in order, into maps.
 */

interface Asset {
  collection: string
  contract: string
  tokenId: bigint
  standard: string
  firstKind: string
  firstBlock: number
  lastBlock: number
  owner: string | null
  sums: Map<string, bigint>
  /** Accounts of which the contract has said what they held before. */
  opened: Set<string>
}

/** Rows as `snapshot` reads them from the database. */
export interface Rows {
  readonly ownershipCurrent: string[]
  readonly ownershipView: string[]
  readonly assetCards: string[]
  readonly collectionOwners: string[]
  readonly collectionStats: string[]
  readonly assets: string[]
  readonly collections: string[]
  readonly sales: string[]
  readonly listings: string[]
}

/** An asset that can have several owners, and an account that moved some of it. */
export interface Opened {
  readonly contract: string
  readonly tokenId: bigint
  readonly account: string
}

/**
 * What the tables must hold after reading `chain` once, in order. What is `opened` was asked of the contracts as well: what was held before the
 * first block.
 */
export function model(
  network: string,
  chain: readonly ChainBlock[],
  historyComplete = false,
  opened: readonly Opened[] = [],
): Rows {
  const assets = new Map<string, Asset>()
  for (const block of chain) for (const fact of factsOf(block)) apply(assets, network, block, fact)
  for (const pair of opened) {
    const asset = assets.get(assetId(network, pair.contract, pair.tokenId))
    if (asset === undefined) throw new Error('an opening balance makes no asset known')
    asset.sums.set(pair.account, (asset.sums.get(pair.account) ?? 0n) + heldBefore(pair))
    asset.opened.add(pair.account)
  }
  return { ...toRows(assets, historyComplete), ...marketRows(network, chain, assets, historyComplete) }
}

/** The holdings that these blocks move, of assets that can have several owners, each once. */
export function movedBy(chain: readonly ChainBlock[]): Opened[] {
  const pairs = new Map<string, Opened>()
  for (const { kind, standard, contract, tokenId, from, to } of chain.flatMap(factsOf)) {
    if (!isMovement(kind) || standard !== 'erc1155' || contract === null || tokenId === null) continue
    for (const account of [from, to]) {
      if (account !== null) pairs.set(`${contract} ${tokenId} ${account}`, { contract, tokenId, account })
    }
  }
  return [...pairs.values()]
}

function apply(assets: Map<string, Asset>, network: string, block: ChainBlock, fact: Fact): void {
  if (!isMovement(fact.kind)) return
  if (fact.contract === null || fact.tokenId === null || fact.standard === null) return
  const id = assetId(network, fact.contract, fact.tokenId)
  const asset = assets.get(id) ?? {
    collection: collectionId(network, fact.contract),
    contract: fact.contract,
    tokenId: fact.tokenId,
    standard: fact.standard,
    firstKind: fact.kind,
    firstBlock: block.header.number,
    lastBlock: 0,
    owner: null,
    sums: new Map<string, bigint>(),
    opened: new Set<string>(),
  }
  assets.set(id, asset)
  asset.lastBlock = block.header.number
  asset.owner = fact.to
  if (fact.from !== null) asset.sums.set(fact.from, (asset.sums.get(fact.from) ?? 0n) - fact.quantity)
  if (fact.to !== null) asset.sums.set(fact.to, (asset.sums.get(fact.to) ?? 0n) + fact.quantity)
}

function holdersOf(asset: Asset): [string, bigint][] {
  if (asset.standard === 'erc721') return asset.owner === null ? [] : [[asset.owner, 1n]]
  return [...asset.sums].filter(([, quantity]) => quantity > 0n)
}

function toRows(assets: Map<string, Asset>, historyComplete: boolean): Omit<Rows, 'sales' | 'listings'> {
  const rows = {
    ownershipCurrent: [] as string[],
    ownershipView: [] as string[],
    assetCards: [] as string[],
    assets: [] as string[],
  }
  const collections = new Map<
    string,
    {
      items: number
      supply: bigint
      last: number
      first: number
      standard: string
      contract: string
      owners: Map<string, [number, bigint]>
    }
  >()
  for (const [id, asset] of assets) {
    for (const [account, quantity] of asset.sums) {
      if (quantity !== 0n) rows.ownershipCurrent.push(`${id} ${account} ${quantity}`)
    }
    const holders = holdersOf(asset)
    const supply = holders.reduce((sum, [, quantity]) => sum + quantity, 0n)
    const complete = historyComplete || (asset.standard === 'erc721' && asset.firstKind === 'mint')
    const owner = asset.standard === 'erc721' ? asset.owner : null
    rows.assets.push(
      `${id} ${asset.collection} ${asset.tokenId} ${asset.standard} ${asset.firstKind} ${asset.firstBlock}`,
    )
    rows.assetCards.push(
      `${id} ${asset.collection} ${asset.tokenId} ${asset.standard} owner ${owner} owners ${holders.length} supply ${supply} last ${asset.lastBlock} complete ${complete}`,
    )
    const collection = collections.get(asset.collection) ?? {
      items: 0,
      supply: 0n,
      last: 0,
      first: asset.firstBlock,
      standard: asset.standard,
      contract: asset.contract,
      owners: new Map<string, [number, bigint]>(),
    }
    collections.set(asset.collection, collection)
    collection.items += supply > 0n ? 1 : 0
    collection.supply += supply
    collection.last = Math.max(collection.last, asset.lastBlock)
    collection.first = Math.min(collection.first, asset.firstBlock)
    for (const [account, quantity] of holders) {
      rows.ownershipView.push(`${id} ${account} ${quantity}`)
      const [items, sum] = collection.owners.get(account) ?? [0, 0n]
      collection.owners.set(account, [items + 1, sum + quantity])
    }
  }
  return sorted({
    sales: [],
    listings: [],
    ...rows,
    collectionOwners: [...collections].flatMap(([id, c]) =>
      [...c.owners].map(([account, [items, quantity]]) => `${id} ${account} ${items} ${quantity}`),
    ),
    collectionStats: [...collections].map(
      ([id, c]) => `${id} ${c.standard} items ${c.items} owners ${c.owners.size} supply ${c.supply} last ${c.last}`,
    ),
    collections: [...collections].map(([id, c]) => `${id} ${c.contract} ${c.standard} ${c.first}`),
  })
}

/** The same rows in one order. */
export function sorted(rows: Rows): Rows {
  return {
    ownershipCurrent: rows.ownershipCurrent.sort(),
    ownershipView: rows.ownershipView.sort(),
    assetCards: rows.assetCards.sort(),
    collectionOwners: rows.collectionOwners.sort(),
    collectionStats: rows.collectionStats.sort(),
    assets: rows.assets.sort(),
    collections: rows.collections.sort(),
    sales: rows.sales.sort(),
    listings: rows.listings.sort(),
  }
}
