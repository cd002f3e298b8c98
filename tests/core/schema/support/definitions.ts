import { is } from 'drizzle-orm'
import {
  isPgEnum,
  isPgSchema,
  isPgSequence,
  isPgView,
  type PgEnum,
  type PgSchema,
  type PgSequence,
  PgTable,
  type PgView,
} from 'drizzle-orm/pg-core'
import * as catalog from '../../../../src/core/schema/catalog.js'
import * as ingest from '../../../../src/core/schema/ingest.js'
import * as ledger from '../../../../src/core/schema/ledger.js'
import * as market from '../../../../src/core/schema/market.js'
import * as projection from '../../../../src/core/schema/projection.js'
import * as projectionFeeds from '../../../../src/core/schema/projectionFeeds.js'
import * as projectionMarket from '../../../../src/core/schema/projectionMarket.js'
import * as ref from '../../../../src/core/schema/ref.js'
import * as system from '../../../../src/core/schema/system.js'

/** Everything that the files of `src/core/schema` define, sorted by sort, each list in the order of the migrations. */
export interface Definitions {
  readonly schemas: readonly PgSchema[]
  readonly enums: readonly PgEnum<[string, ...string[]]>[]
  readonly sequences: readonly PgSequence[]
  readonly tables: readonly PgTable[]
  readonly views: readonly PgView[]
}

const definedValues: readonly unknown[] = [
  ref,
  ingest,
  ledger,
  catalog,
  market,
  projection,
  projectionMarket,
  projectionFeeds,
  system,
].flatMap((module) => Object.values(module))

/** The one model of the database: the table definitions of all seven schemas. */
export const definitions: Definitions = {
  schemas: definedValues.filter(isPgSchema),
  enums: definedValues.filter(isPgEnum),
  sequences: definedValues.filter(isPgSequence),
  tables: definedValues.filter((value): value is PgTable => is(value, PgTable)),
  views: definedValues.filter(isPgView),
}

/** The names of the seven schemas. */
export const schemaNames: readonly string[] = definitions.schemas.map((schema) => schema.schemaName)
