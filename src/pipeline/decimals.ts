import type { Db } from '../core/db.js'
import type { Network } from '../core/networks.js'
import { lockMarket } from './locks.js'
import { projectMarket } from './project/market.js'

/** How many rows a look at a table finds at most, and how many of them one transaction changes. */
const FOUND_AT_ONCE = 100_000
const AT_ONCE = 1_000

const TABLES = [
  { table: 'market.sales_history', id: 'sale_id' },
  { table: 'market.listings_current', id: 'listing_id' },
] as const
type Table = (typeof TABLES)[number]

/**
 * Gives sales and listings the decimals of their currency where those became known, or were put right, after the rows were written: a
 * later version knows more currencies, and an operator can add some to `ref.currencies`.
 */
export class Restatement {
  readonly #restated = new Map<string, string>()

  /** Reads both tables whole: the first time, and when a currency of the network has changed since. Gives how many rows said something else. */
  async look(db: Db, network: Network): Promise<number> {
    const currencies = await currenciesOf(db, network)
    if (this.#restated.get(network.name) === currencies) return 0
    let total = 0
    for (const table of TABLES) {
      for (let found = FOUND_AT_ONCE; found === FOUND_AT_ONCE; total += found) found = await restate(db, network, table)
    }
    this.#restated.set(network.name, currencies)
    return total
  }
}

/** The network's currencies and their decimals as one text, to see whether they changed. */
async function currenciesOf(db: Db, network: Network): Promise<string> {
  const [row] = await db.query<{ digest: string | null }>(
    `SELECT md5(string_agg(address::text || ':' || decimals, ',' ORDER BY address)) AS digest
     FROM ref.currencies WHERE network_id = $1`,
    [network.id],
  )
  return row?.digest ?? ''
}

async function restate(db: Db, network: Network, { table, id }: Table): Promise<number> {
  const found = await db.query<{ id: string }>(
    `SELECT m.${id} AS id FROM ${table} m JOIN ref.currencies c ON c.network_id = m.network_id AND c.address = m.currency
     WHERE m.network_id = $1 AND m.currency_decimals IS DISTINCT FROM c.decimals LIMIT ${FOUND_AT_ONCE}`,
    [network.id],
  )
  for (let start = 0; start < found.length; start += AT_ONCE) {
    const ids = found.slice(start, start + AT_ONCE).map((row) => row.id)
    await db.transaction(async (tx) => {
      await lockMarket(tx, network)
      tx.send(
        `UPDATE ${table} m SET currency_decimals = c.decimals FROM ref.currencies c
         WHERE m.${id} = ANY($1::uuid[]) AND c.network_id = m.network_id AND c.address = m.currency`,
        [ids],
      )
      const [saleIds, listingIds] = id === 'sale_id' ? [ids, []] : [[], ids]
      await projectMarket(tx, network, { saleIds, listingIds })
    })
  }
  return found.length
}
