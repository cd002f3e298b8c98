import { MASK, maskUrl } from '../core/config/mask.js'

/*
 * Secrets reach logs inside other people's texts: an HTTP client's message, a driver's stack, a header dump. So the finished
 * text is searched, not single fields. Backslashes and double quotes end a URL because the text may be JSON.
 */
const URLS = /\b[a-z][a-z0-9+.-]{0,20}:\/\/(?:(?!,[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s"\\<>`])+/gi
const TRAILING = /[)\]}'.,;:!?]+$/

const SECRET_NAMES = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'password',
  'passwd',
  'secret',
  'client[-_]?secret',
  'x-api-key',
  'api[-_]?key',
  'access[-_]?token',
].join('|')

/** `"authorization": "…"` or a list in its place, in JSON and in JSON inside JSON (the same escapes before every quote). */
const QUOTED_FIELD = new RegExp(
  `(?<!\\\\)(\\\\{0,7}")(${SECRET_NAMES})\\1(\\s*:\\s*)(?:\\1.*?(?<!\\\\)\\1|\\[.{0,4000}?\\])`,
  'gi',
)
/** `authorization: …` and `api_key=…` in plain text. */
const BARE_FIELD = new RegExp(`\\b(${SECRET_NAMES})(\\s*[=:]\\s*)(?:(?:bearer|basic)\\s+)?[^\\s"'\\\\,;&]+`, 'gi')
const CREDENTIALS = /\b(bearer|basic)(\s+)[a-z0-9._~+/=-]{6,}/gi

/** A key of our own API, wherever somebody put it: the prefix stays, which `ft keys list` shows too. */
const API_KEY = /\b(ft_[0-9a-f]{8}_)[\w-]{43}/g

/**
 * A function that hides secrets in any text, JSON included: the given ones literally; URLs with user info, a query or a path
 * segment that looks like a key, down to scheme and host; the values of authorization headers and of fields named like one.
 */
export function createRedactor(secrets: readonly string[] = []): (text: string) => string {
  const literals = [...new Set(secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]))]
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
  return (text) => {
    let result = text
    for (const literal of literals) result = result.replaceAll(literal, MASK)
    return result
      .replace(API_KEY, `$1${MASK}`)
      .replace(URLS, redactUrl)
      .replace(QUOTED_FIELD, `$1$2$1$3$1${MASK}$1`)
      .replace(BARE_FIELD, `$1$2${MASK}`)
      .replace(CREDENTIALS, `$1$2${MASK}`)
  }
}

function redactUrl(match: string): string {
  const tail = TRAILING.exec(match)?.[0] ?? ''
  const text = match.slice(0, match.length - tail.length)
  if (!isSecretUrl(text)) return match
  // Punctuation may be the end of a password; it is kept only behind a URL that is otherwise whole.
  return `${maskUrl(text)}${tail}`
}

function isSecretUrl(text: string): boolean {
  if (/^file:/i.test(text)) return false
  if (!URL.canParse(text)) return true
  const { username, password, search, hash, pathname } = new URL(text)
  if (username !== '' || password !== '' || search !== '' || hash !== '') return true
  return pathname.includes('@') || pathname.split('/').some(looksLikeKey)
}

/** Provider keys have 20 or more letters and digits; heights, hashes and addresses with 0x and plain words must stay readable. */
function looksLikeKey(segment: string): boolean {
  if (!/^[\w.~-]{16,}$/.test(segment) || /^(0x[0-9a-f]+|\d+)$/i.test(segment)) return false
  return /\d/.test(segment) || (/[a-z]/.test(segment) && /[A-Z]/.test(segment))
}
