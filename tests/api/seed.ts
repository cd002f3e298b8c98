import { addressToBytea } from '../../src/core/address.js'
import type { Db } from '../../src/core/db.js'
import { assetId, collectionId, itemAssetId } from '../../src/core/ids.js'

/*
 * A small world in projection.*, as the pipeline would have left it: on `polygon` (finalized 1000, answers at 1010) one ERC-721
 * and one ERC-1155 collection, on `ton` one collection whose items' token ids are not all known.
 */

export const FINALIZED = 1000
export const PROJECTED = 1010
export const PROJECTED_HASH = `0x${'0b'.repeat(32)}`
export const TIME = '2026-01-31T12:00:00.000Z'

export const art = evm('a1')
export const games = evm('b2')
export const alice = evm('01')
export const bob = evm('02')
export const carol = evm('03')
export const nobody = evm('ff')
export const jewels = `0:${'cc'.repeat(32)}`

export const artId = collectionId('polygon', art)
export const gamesId = collectionId('polygon', games)
export const jewelsId = collectionId('ton', jewels)
export const unknownId = '00000000-0000-5000-8000-000000000000'
/** Greatest token id there is: 2^256-1. */
export const GREATEST = (2n ** 256n - 1n).toString()

export const artAsset = (tokenId: string | number | bigint) => assetId('polygon', art, String(tokenId))
export const potion = assetId('polygon', games, '7')
export const item = (n: number) => `0:${n.toString(16).padStart(64, '0')}`
export const jewel = (n: number) => itemAssetId('ton', item(n))

function evm(byte: string): string {
  return `0x${byte.repeat(20)}`
}

export interface AssetRow {
  readonly id: string
  readonly collection: string | null
  readonly tokenId: string | null
  readonly lastBlock: number
  readonly network?: number
  readonly standard?: 'erc721' | 'erc1155' | 'tep62'
  readonly address?: string
  readonly stub?: boolean
  readonly historyComplete?: boolean
  /** Holdings by account; the owner follows when there is one of quantity 1. */
  readonly holders: Readonly<Record<string, bigint>>
}

/** Inserts an asset card with its holdings. */
export async function insertAsset(db: Db, row: AssetRow): Promise<void> {
  const holders = Object.entries(row.holders)
  const supply = holders.reduce((sum, [, quantity]) => sum + quantity, 0n)
  const standard = row.standard ?? 'erc721'
  const owner = standard !== 'erc1155' && holders[0] !== undefined ? addressToBytea(holders[0][0]) : null
  await db.query(
    `INSERT INTO projection.asset_cards (asset_id, collection_id, last_block, last_event_at, standard, owners, network_id, is_stub,
       history_complete, supply, token_id, address, owner) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)`,
    [
      row.id,
      row.collection,
      row.lastBlock,
      TIME,
      standard,
      holders.length,
      row.network ?? 1,
      row.stub ?? false,
      row.historyComplete ?? true,
      supply,
      row.tokenId,
      row.address === undefined ? null : addressToBytea(row.address),
      owner,
    ],
  )
  await db.query(
    `INSERT INTO projection.ownership_view (asset_id, account_address, quantity)
     SELECT $1, * FROM unnest($2::bytea[], $3::numeric[])`,
    [row.id, holders.map(([account]) => addressToBytea(account)), holders.map(([, quantity]) => quantity)],
  )
}

export interface ListingRow {
  readonly id: string
  readonly price: string | null
  readonly tokenId: string
  readonly lastBlock: number
  readonly endsAt?: string
}

/** Inserts a listing of the art collection. */
export async function insertListing(db: Db, row: ListingRow): Promise<void> {
  await db.query(
    `INSERT INTO projection.listing_cards (listing_id, collection_id, asset_id, last_block, starts_at, ends_at, network_id,
       currency_decimals, source, marketplace, seller, quantity, price, currency, token_id)
     VALUES ($1,$2,$3,$4,$5,$6,1,18,'onchain','seaport',$7,1,$8,$9,$10)`,
    [
      row.id,
      artId,
      artAsset(row.tokenId),
      row.lastBlock,
      TIME,
      row.endsAt ?? null,
      addressToBytea(alice),
      row.price,
      addressToBytea(evm('00')),
      row.tokenId,
    ],
  )
}

/** Fills an empty migrated database. */
export async function seed(db: Db): Promise<void> {
  await db.query(
    `INSERT INTO projection.network_status (network_id, name, chain, chain_id, state, start_block, history_complete, head_number,
       head_hash, head_time, finalized_number, finalized_hash, finalized_time, projected, projected_number, projected_hash,
       projected_time, updated_at, safe_number, safe_hash, safe_time)
     VALUES (1, 'polygon', 'evm', 137, 'live', 100, true, 1012, $1, $3, $4, $1, $3, '{[100,1011)}', $5, $2, $3, $3, 1004, $2, $3),
            (2, 'ton', 'ton', -239, 'live', NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, NULL, $3, NULL, NULL, NULL)`,
    [`\\x${'0a'.repeat(32)}`, `\\x${PROJECTED_HASH.slice(2)}`, TIME, FINALIZED, PROJECTED],
  )
  await db.query(
    `INSERT INTO projection.collection_stats (collection_id, last_block, last_event_at, items, owners, standard, network_id, is_stub,
       history_complete, supply, address, name)
     VALUES ($1, 990, $4, 5, 2, 'erc721', 1, false, true, 5, $5, 'Art'),
            ($2, 1005, $4, 1, 3, 'erc1155', 1, true, false, 1000, $6, NULL),
            ($3, 50, $4, 3, 1, 'tep62', 2, true, false, 3, $7, NULL)`,
    [artId, gamesId, jewelsId, TIME, addressToBytea(art), addressToBytea(games), addressToBytea(jewels)],
  )
  for (const [tokenId, lastBlock] of [
    ['0', 900],
    ['2', 950],
    ['10', 990],
    ['11', 1005],
    [GREATEST, 800],
  ] as const) {
    await insertAsset(db, { id: artAsset(tokenId), collection: artId, tokenId, lastBlock, holders: { [alice]: 1n } })
  }
  // burned
  await insertAsset(db, { id: artAsset(3), collection: artId, tokenId: '3', lastBlock: 960, holders: {} })
  await insertAsset(db, {
    id: potion,
    collection: gamesId,
    tokenId: '7',
    lastBlock: 1000,
    standard: 'erc1155',
    stub: true,
    historyComplete: false,
    holders: { [carol]: 2n ** 200n, [alice]: 5n, [bob]: 1n },
  })
  for (const n of [1, 2, 3]) {
    const tokenId = n === 1 ? '1' : null
    await insertAsset(db, {
      id: jewel(n),
      collection: jewelsId,
      tokenId,
      lastBlock: 50,
      network: 2,
      standard: 'tep62',
      address: item(n),
      stub: true,
      historyComplete: false,
      holders: { [item(99)]: 1n },
    })
  }
  await insertListing(db, { id: '00000000-0000-5000-8000-00000000000a', tokenId: '0', price: '300', lastBlock: 900 })
  await insertListing(db, { id: '00000000-0000-5000-8000-00000000000b', tokenId: '2', price: '100', lastBlock: 1005 })
  await insertListing(db, {
    id: '00000000-0000-5000-8000-00000000000c',
    tokenId: '10',
    price: null,
    lastBlock: 900,
    endsAt: '2027-01-01T00:00:00Z',
  })
  await insertListing(db, {
    id: '00000000-0000-5000-8000-00000000000d',
    tokenId: '11',
    price: '1',
    lastBlock: 900,
    endsAt: '2026-01-01T00:00:00Z',
  })
}
