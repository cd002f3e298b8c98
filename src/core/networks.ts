import type { ChainKind } from './address.js'
import { bytea, columns, smallint, text } from './columns.js'
import { currenciesOf, type NativeCurrency } from './currencies.js'
import type { Db, Queryable } from './db.js'
import { FtError } from './errors.js'
import { EVM_MARKETPLACES } from './marketplaces.js'

/** A network as the database knows it. `id` is the narrow partition key and never leaves the process. */
export interface Network {
  readonly id: number
  readonly name: string
  readonly chain: ChainKind
}

/** With a network's id, the name of the lock of the session that fills its history, or takes it back. */
export const FILL_LOCK = 'ft.fill'

/** With a network's id, the name of the lock of the session that takes the network back; shared by those who repair single blocks. */
export const REWIND_LOCK = 'ft.rewind'

/** What the configuration says of a network and the database has to remember. */
export interface NetworkDefinition {
  readonly name: string
  readonly chain: ChainKind
  readonly chainId: number
  readonly finality: { readonly rule: 'tag' | 'depth'; readonly depth: number }
  readonly nativeCurrency: NativeCurrency
  /** `all`, or a digest of the allow-list: what was indexed under one scope says nothing about another. */
  readonly scope: string
  /** Host names of the endpoints, without secrets. */
  readonly endpoints: readonly string[]
}

/**
 * Makes sure that the network has a row in `ref.networks`, `system.sync_cursors` and `projection.network_status`.
 * @throws FtError wrong_chain when the name is taken by another chain or the chain has another name, scope_changed when other contracts
 *   were indexed so far
 */
export async function registerNetwork(db: Db, definition: NetworkDefinition): Promise<Network> {
  return await db.transaction(async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('ft.networks'))`)
    const [known] = await tx.query<{ network_id: number; chain: string; chain_id: number; scope: string }>(
      'SELECT network_id, chain, chain_id, scope FROM ref.networks WHERE name = $1',
      [definition.name],
    )
    if (known !== undefined) {
      refuseChange(definition, known)
      await tx.query(
        'UPDATE ref.networks SET finality_rule = $2, finality_depth = $3, endpoints = $4 WHERE network_id = $1',
        [known.network_id, definition.finality.rule, definition.finality.depth, definition.endpoints],
      )
      await writeReference(tx, known.network_id, definition)
      return { id: known.network_id, name: definition.name, chain: definition.chain }
    }
    await refuseSecondName(tx, definition)
    const network = await insert(tx, definition)
    await writeReference(tx, network.id, definition)
    return network
  })
}

/** A network that has been indexed here. @throws FtError not_found */
export async function findNetwork(db: Queryable, name: string): Promise<Network> {
  const [row] = await db.query<{ network_id: number; chain: ChainKind }>(
    'SELECT network_id, chain FROM ref.networks WHERE name = $1',
    [name],
  )
  if (row === undefined)
    throw new FtError(
      'not_found',
      `network ${name} has not been indexed into this database yet; ft status shows those that have`,
    )
  return { id: row.network_id, name, chain: row.chain }
}

function refuseChange(wanted: NetworkDefinition, known: { chain: string; chain_id: number; scope: string }): void {
  if (known.chain !== wanted.chain || known.chain_id !== wanted.chainId) {
    throw new FtError(
      'wrong_chain',
      `network ${wanted.name} is ${known.chain} chain ${known.chain_id} in this database, but ${wanted.chain} chain ${wanted.chainId} in the configuration: use another name or another database`,
    )
  }
  if (known.scope !== wanted.scope) {
    throw new FtError(
      'scope_changed',
      `network ${wanted.name} was indexed for another set of contracts; set ${wanted.name.toUpperCase().replaceAll('-', '_')}_CONTRACTS back, or use another database and index anew`,
    )
  }
}

/** Events are named by chain and chain id: under a second name they would be taken for events that were applied already. */
async function refuseSecondName(tx: Queryable, { name, chain, chainId }: NetworkDefinition): Promise<void> {
  const [other] = await tx.query<{ name: string }>('SELECT name FROM ref.networks WHERE chain = $1 AND chain_id = $2', [
    chain,
    chainId,
  ])
  if (other === undefined) return
  throw new FtError(
    'wrong_chain',
    `network ${name} is ${chain} chain ${chainId}, which this database has under the name ${other.name}: use that name or another database`,
  )
}

async function insert(tx: Queryable, definition: NetworkDefinition): Promise<Network> {
  const [row] = await tx.query<{ network_id: number }>(
    `INSERT INTO ref.networks (network_id, name, chain, chain_id, finality_rule, finality_depth, scope, endpoints)
     SELECT coalesce(max(network_id), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM ref.networks
     RETURNING network_id`,
    [
      definition.name,
      definition.chain,
      definition.chainId,
      definition.finality.rule,
      definition.finality.depth,
      definition.scope,
      definition.endpoints,
    ],
  )
  if (row === undefined) throw new FtError('internal', `network ${definition.name} was not inserted`)
  await tx.query('INSERT INTO system.sync_cursors (network_id) VALUES ($1)', [row.network_id])
  await tx.query(
    `INSERT INTO projection.network_status (network_id, name, chain, chain_id, state) VALUES ($1, $2, $3, $4, 'backfilling')`,
    [row.network_id, definition.name, definition.chain, definition.chainId],
  )
  return { id: row.network_id, name: definition.name, chain: definition.chain }
}

/** Writes down what is known of the network's currencies and marketplaces; rows that an operator has added stay. */
async function writeReference(tx: Queryable, networkId: number, definition: NetworkDefinition): Promise<void> {
  const { chain, chainId, nativeCurrency } = definition
  await tx.query(
    `INSERT INTO ref.currencies (network_id, address, symbol, decimals)
     SELECT $1, i.* FROM unnest($2::bytea[], $3::text[], $4::smallint[]) AS i (address, symbol, decimals)
     ON CONFLICT (network_id, address) DO UPDATE SET symbol = EXCLUDED.symbol, decimals = EXCLUDED.decimals`,
    [
      networkId,
      ...columns(
        currenciesOf(chain, chainId, nativeCurrency),
        bytea((currency) => currency.address),
        text((currency) => currency.symbol),
        smallint((currency) => currency.decimals),
      ),
    ],
  )
  await tx.query(
    `INSERT INTO ref.marketplaces (network_id, identifier, name, protocol, protocol_version)
     SELECT $1, i.* FROM unnest($2::bytea[], $3::text[], $4::text[], $5::text[]) AS i (identifier, name, protocol, version)
     ON CONFLICT (network_id, identifier)
       DO UPDATE SET name = EXCLUDED.name, protocol = EXCLUDED.protocol, protocol_version = EXCLUDED.protocol_version`,
    [
      networkId,
      ...columns(
        chain === 'evm' ? EVM_MARKETPLACES : [],
        bytea((market) => market.address),
        text((market) => market.name),
        text((market) => market.protocol),
        text((market) => market.version),
      ),
    ],
  )
}
