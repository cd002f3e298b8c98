import { timingSafeEqual } from 'node:crypto'
import { type ApiScope, apiScopes, readApiKey } from '../../core/apiKey.js'
import type { Queryable } from '../../core/db.js'
import { FtError } from '../../core/errors.js'

/** A key that holds at the moment, as the rest of the API knows it. */
export interface KnownKey {
  /** What names the key in logs and limits. */
  readonly id: string
  readonly prefix: string
  readonly scopes: readonly ApiScope[]
  readonly requestsPerMinute: number
}

/** Checks what somebody presents as a key. */
export interface KeyCheck {
  /**
   * `beforeLookup` runs before the database is asked, which a guesser of keys makes happen every time.
   * @throws FtError key_invalid; whatever `beforeLookup` throws
   */
  check(text: string, beforeLookup: () => Promise<void>): Promise<KnownKey>
}

interface Row {
  readonly key_id: string
  readonly scopes: readonly string[]
  readonly requests_per_minute: number
  readonly expires_at: Date | null
  readonly revoked_at: Date | null
}

interface Cached {
  readonly hash: Buffer
  readonly key: KnownKey
  readonly expiresAt: number
  readonly until: number
}

/** How long an answer of the database stands: a revoked key works for as long at most. */
const CACHE_MS = 60_000
const CACHE_SIZE = 1_000

/**
 * Keys as `system.auth_key` knows them. Those that hold are remembered under their prefix, which is no secret; the hash is compared in
 * constant time.
 */
export function keyCheck(db: Queryable): KeyCheck {
  const cache = new Map<string, Cached>()
  const remembered = (prefix: string, hash: Buffer): KnownKey | undefined => {
    const entry = cache.get(prefix)
    if (entry === undefined || entry.until <= Date.now() || !timingSafeEqual(entry.hash, hash)) return undefined
    if (entry.expiresAt <= Date.now()) throw invalid('has expired')
    return entry.key
  }
  const remember = (entry: Cached) => {
    const [oldest] = cache.keys()
    if (cache.size >= CACHE_SIZE && oldest !== undefined) cache.delete(oldest)
    // Deleted first, so that it becomes the youngest.
    cache.delete(entry.key.prefix)
    cache.set(entry.key.prefix, entry)
  }
  return {
    check: async (text, beforeLookup) => {
      const presented = readApiKey(text)
      if (presented === undefined) {
        await beforeLookup()
        throw invalid('does not look like one (ft_, 8 characters, _, 43 characters)')
      }
      const { prefix, hash } = presented
      const cached = remembered(prefix, hash)
      if (cached !== undefined) return cached
      await beforeLookup()
      const [row] = await db.prepared<Row>('api_auth_key', 'SELECT * FROM system.auth_key($1)', [hash])
      const key = { prefix, ...held(row) }
      remember({
        hash,
        key,
        expiresAt: row?.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
        until: Date.now() + CACHE_MS,
      })
      return key
    },
  }
}

function held(row: Row | undefined): Omit<KnownKey, 'prefix'> {
  if (row === undefined) throw invalid('is not known')
  if (row.revoked_at !== null) throw invalid('was revoked')
  if (row.expires_at !== null && row.expires_at.getTime() <= Date.now()) throw invalid('has expired')
  return {
    id: row.key_id,
    scopes: apiScopes.filter((scope) => row.scopes.includes(scope)),
    requestsPerMinute: row.requests_per_minute,
  }
}

function invalid(reason: string): FtError {
  return new FtError('key_invalid', `the API key ${reason}; the operator of this server makes keys with ft keys create`)
}
