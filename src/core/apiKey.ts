import { createHash, randomBytes } from 'node:crypto'

/*
 * The text of an API key: `ft_` + 8 characters by which people recognise it + `_` + 43 characters of secret (32 random bytes). With that
 * much chance in it, one round of SHA-256 is as good as a slow hash: there is nothing to guess.
 */
const KEY = /^(ft_[0-9a-f]{8})_[A-Za-z0-9_-]{43}$/

/** What a key may be used for: `read` all look-ups and lists, `export` whole tables as a stream, `stream` changes as they happen. */
export const apiScopes = ['read', 'export', 'stream'] as const
export type ApiScope = (typeof apiScopes)[number]

export interface NewApiKey {
  /** The key itself: shown once, kept nowhere. */
  readonly text: string
  readonly prefix: string
  /** SHA-256 of the text. */
  readonly hash: Buffer
}

/** A new random key. */
export function generateApiKey(): NewApiKey {
  const prefix = `ft_${randomBytes(4).toString('hex')}`
  const text = `${prefix}_${randomBytes(32).toString('base64url')}`
  return { text, prefix, hash: hashOf(text) }
}

/** Prefix and hash of what somebody presents as a key; undefined when it cannot be one. */
export function readApiKey(text: string): Omit<NewApiKey, 'text'> | undefined {
  const prefix = KEY.exec(text)?.[1]
  return prefix === undefined ? undefined : { prefix, hash: hashOf(text) }
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
