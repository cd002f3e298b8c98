import { type SQL, sql } from 'drizzle-orm'
import { addressToBytea, type ChainKind, chainKinds, NATIVE } from '../../core/address.js'

const native = (kind: ChainKind): SQL => sql`${addressToBytea(NATIVE[kind])}::bytea`

/** The native currency of a network, in a statement that knows the chain of it as `chain`. */
export function nativeCurrency(chain: SQL): SQL {
  const cases = chainKinds.map((kind) => sql`WHEN ${sql.raw(`'${kind}'`)} THEN ${native(kind)}`)
  return sql`CASE ${chain} ${sql.join(cases, sql` `)} END`
}

/** Whether a currency is the native one of some network. */
export function isNative(currency: SQL): SQL {
  return sql`${currency} IN (${sql.join(chainKinds.map(native), sql`, `)})`
}
