import { type SQL, sql } from 'drizzle-orm'
import { addressToBytea, EVM_ZERO, TON_ZERO } from '../../core/address.js'

/** The native currency of a network, in a statement that knows the chain of it as `chain`. */
export function nativeCurrency(chain: SQL): SQL {
  return sql`CASE ${chain} WHEN 'ton' THEN ${addressToBytea(TON_ZERO)}::bytea ELSE ${addressToBytea(EVM_ZERO)}::bytea END`
}
