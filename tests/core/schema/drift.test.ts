import { beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '../../../src/core/db.js'
import { useTestDatabase } from '../../support/database.js'
import { type Catalog, differences, readCatalog, readSchemas } from './support/catalog.js'
import { ddl } from './support/ddl.js'
import { definitions, schemaNames } from './support/definitions.js'
import { expectFile } from './support/expectFile.js'
import { readStorage, renderSnapshot } from './support/snapshot.js'

/** A change of the database made from the definitions, and what the comparison has to say about it. */
const planted: readonly { what: string; statement: string; reported: RegExp[] }[] = [
  {
    what: 'a table that only the definitions have',
    statement: 'CREATE TABLE market.planted (id uuid PRIMARY KEY)',
    reported: [
      /^column market\.planted\.id: only in the definitions$/,
      /^constraint market\.planted\.planted_pkey: only in the definitions$/,
      /^table market\.planted: only in the definitions$/,
    ],
  },
  {
    what: 'a missing table',
    statement: 'DROP TABLE ledger.applied_ranges',
    reported: [
      ...['blocks', 'consumer_id', 'network_id'].map(
        (column) => new RegExp(`^column ledger\\.applied_ranges\\.${column}: only in the migrations$`),
      ),
      /^constraint ledger\.applied_ranges\.applied_ranges_pkey: only in the migrations$/,
      /^table ledger\.applied_ranges: only in the migrations$/,
    ],
  },
  {
    what: 'an extra column',
    statement: 'ALTER TABLE catalog.assets ADD COLUMN planted integer',
    reported: [/^column catalog\.assets\.planted: only in the definitions$/],
  },
  {
    what: 'a missing column',
    statement: 'ALTER TABLE market.sales_history DROP COLUMN royalties',
    reported: [/^column market\.sales_history\.royalties: only in the migrations$/],
  },
  {
    what: 'another type',
    statement: 'ALTER TABLE market.sales_history ALTER COLUMN sub_index TYPE bigint',
    reported: [
      /^column market\.sales_history\.sub_index: migrations say "integer not null", definitions "bigint not null"$/,
    ],
  },
  {
    what: 'another precision',
    statement: 'ALTER TABLE market.sales_history ALTER COLUMN fees TYPE numeric(77, 0)',
    reported: [/^column market\.sales_history\.fees: migrations say "numeric", definitions "numeric\(77,0\)"$/],
  },
  {
    what: 'other nullability',
    statement: 'ALTER TABLE ingest.blocks ALTER COLUMN parent_hash DROP NOT NULL',
    reported: [/^column ingest\.blocks\.parent_hash: migrations say "bytea not null", definitions "bytea"$/],
  },
  {
    what: 'another default',
    statement: 'ALTER TABLE system.sync_cursors ALTER COLUMN lease_epoch SET DEFAULT 1',
    reported: [/^column system\.sync_cursors\.lease_epoch: .*default 0", .*default 1"$/],
  },
  {
    what: 'another primary key',
    statement: `ALTER TABLE ledger.applied_ranges DROP CONSTRAINT applied_ranges_pkey,
                ADD PRIMARY KEY (consumer_id, network_id)`,
    reported: [
      /^constraint ledger\.applied_ranges\.applied_ranges_pkey: .*\(network_id, consumer_id\).*\(consumer_id, netw/,
    ],
  },
  {
    what: 'a missing unique constraint',
    statement: 'ALTER TABLE system.api_keys DROP CONSTRAINT api_keys_key_hash_key',
    reported: [/^constraint system\.api_keys\.api_keys_key_hash_key: only in the migrations$/],
  },
  {
    what: 'a missing foreign key',
    statement: 'ALTER TABLE ref.networks DROP CONSTRAINT networks_chain_fkey',
    reported: [/^constraint ref\.networks\.networks_chain_fkey: only in the migrations$/],
  },
  {
    what: 'a weaker check',
    statement: `ALTER TABLE projection.ownership_view DROP CONSTRAINT ownership_view_quantity_check,
                ADD CONSTRAINT ownership_view_quantity_check CHECK (quantity >= 0)`,
    reported: [/^constraint projection\.ownership_view\.ownership_view_quantity_check: .*> .*>= /],
  },
  {
    what: 'a missing index',
    statement: 'DROP INDEX ledger.normalized_events_asset',
    reported: [/^index ledger\.normalized_events\.normalized_events_asset: only in the migrations$/],
  },
  {
    what: 'another order in an index',
    statement: `DROP INDEX market.sales_history_asset;
                CREATE INDEX sales_history_asset ON market.sales_history (asset_id, block_number DESC NULLS LAST)`,
    reported: [/^index market\.sales_history\.sales_history_asset: .* DESC\)", .* DESC NULLS LAST\)"$/],
  },
  {
    what: 'another condition of a partial index',
    statement: `DROP INDEX ingest.blocks_canonical;
                CREATE UNIQUE INDEX blocks_canonical ON ingest.blocks (network_id, number)`,
    reported: [/^index ingest\.blocks\.blocks_canonical: .* WHERE canonical", .*\(network_id, number\)"$/],
  },
  {
    what: 'another value of an enum',
    statement: `ALTER TYPE ledger.event_kind ADD VALUE 'planted'`,
    reported: [
      /^enum ledger\.event_kind: migrations say "mint, .*opening_balance", definitions "mint, .*opening_balance, planted"$/,
    ],
  },
  {
    what: 'another view',
    statement: `CREATE OR REPLACE VIEW projection.portfolio_assets AS
                SELECT v.account_address, c.network_id, c.collection_id, v.asset_id, c.standard, c.token_id, c.address,
                       v.quantity::numeric(78, 0) AS quantity, c.last_block, c.last_event_at, c.is_stub, c.history_complete,
                       v.quantity AS exact_quantity
                FROM projection.ownership_view v JOIN projection.asset_cards c USING (asset_id) WHERE v.quantity > 1`,
    reported: [/^view projection\.portfolio_assets: migrations say /],
  },
  {
    what: 'another sequence',
    statement: 'ALTER SEQUENCE system.outbox_seq INCREMENT BY 2',
    reported: [/^sequence system\.outbox_seq: .*increment 1", .*increment 2"$/],
  },
]

describe('the table definitions are the one model of the database', () => {
  const database = useTestDatabase()
  const empty = useTestDatabase({ migrated: false })
  let migrated: Catalog

  beforeAll(async () => {
    migrated = await readCatalog(database.db, schemaNames)
    await empty.db.query(ddl(definitions).join(';\n'))
  })

  test('the migrations make no schema that is not defined', async () => {
    expect(await readSchemas(database.db)).toEqual([...schemaNames].sort())
  })

  test('the comparison sees tables, columns, constraints, indexes, enums, sequences and views', () => {
    const sorts = new Set([...migrated.keys()].map((object) => object.slice(0, object.indexOf(' '))))
    expect([...sorts].sort()).toEqual(['column', 'constraint', 'enum', 'index', 'sequence', 'table', 'view'])
    expect(migrated.has('table ledger.normalized_event_keys')).toBe(true)
    expect(migrated.has('table ledger.normalized_event_keys_0')).toBe(false)
  })

  test('a database made from the definitions is the same as a migrated one', async () => {
    expect(differences(migrated, await readCatalog(empty.db, schemaNames))).toEqual([])
  })

  test('the snapshot that reviewers read is what the migrations make', async () => {
    const snapshot = renderSnapshot(migrated, await readStorage(database.db, schemaNames))
    await expectFile(new URL('../../../migrations/schema.snapshot.txt', import.meta.url), snapshot)
  })

  test.each(planted)('$what is reported, and nothing else', async ({ statement, reported }) => {
    const defined = await changed(empty.db, statement)
    const lines = differences(migrated, defined)
    expect(lines).toHaveLength(reported.length)
    for (const [index, pattern] of reported.entries()) expect(lines[index]).toMatch(pattern)
  })
})

/** The catalog after a statement, which is rolled back. */
async function changed(db: Db, statement: string): Promise<Catalog> {
  const done = new Error('rolled back')
  let catalog: Catalog = new Map()
  await db
    .transaction(async (tx) => {
      await tx.query(statement)
      catalog = await readCatalog(tx, schemaNames)
      throw done
    })
    .catch((error: unknown) => {
      if (error !== done) throw error
    })
  return catalog
}
