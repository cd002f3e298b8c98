import { randomUUID } from 'node:crypto'
import { type ApiScope, generateApiKey } from './apiKey.js'
import type { Queryable } from './db.js'
import { FtError } from './errors.js'

/* The keys of the API as their operator sees them. The API itself asks `system.auth_key` and nothing else. */

export interface ApiKeyRequest {
  readonly name: string
  readonly scopes: readonly ApiScope[]
  readonly requestsPerMinute: number
  /** null: never. */
  readonly expiresAt: Date | null
}

export interface ApiKeyRow {
  readonly prefix: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly requestsPerMinute: number
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly lastUsedAt: Date | null
}

/** Makes a key and gives its text, which cannot be had again: only its hash is kept. */
export async function createApiKey(db: Queryable, request: ApiKeyRequest): Promise<{ text: string; prefix: string }> {
  const { text, prefix, hash } = generateApiKey()
  await db.query(
    `INSERT INTO system.api_keys (key_id, name, prefix, scopes, requests_per_minute, expires_at, key_hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [randomUUID(), request.name, prefix, request.scopes, request.requestsPerMinute, request.expiresAt, hash],
  )
  return { text, prefix }
}

/** All keys, the oldest first, revoked and expired ones too. */
export async function listApiKeys(db: Queryable): Promise<ApiKeyRow[]> {
  return await db.query<ApiKeyRow & object>(
    `SELECT prefix, name, scopes, requests_per_minute AS "requestsPerMinute", created_at AS "createdAt",
       expires_at AS "expiresAt", revoked_at AS "revokedAt", last_used_at AS "lastUsedAt"
     FROM system.api_keys ORDER BY created_at, prefix`,
  )
}

/**
 * Revokes the key with this prefix for good. Once more changes nothing.
 * @throws FtError not_found
 */
export async function revokeApiKey(db: Queryable, prefix: string): Promise<void> {
  const revoked = await db.query(
    'UPDATE system.api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE prefix = $1 RETURNING prefix',
    [prefix],
  )
  if (revoked.length === 0) throw new FtError('not_found', `no key begins with ${prefix}; ft keys list shows all`)
}
