/** What stands in the place of a secret. */
export const MASK = '***'

/**
 * A URL with its scheme and host only: user info, path, query and fragment, where keys and passwords live, become `***`.
 * What is no URL is a secret as a whole.
 */
export function maskUrl(text: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]
  if (scheme === undefined) return MASK
  const url = URL.canParse(text) ? new URL(text) : undefined
  // An "@" behind the host means that an unescaped password was cut in two, and that "host" is its first half.
  if (url === undefined || `${url.pathname}${url.search}${url.hash}`.includes('@')) return `${scheme}://${MASK}`
  return `${url.protocol}//${url.host}${hidesNothing(url) ? '' : `/${MASK}`}`
}

function hidesNothing(url: URL): boolean {
  const { username, password, pathname, search, hash } = url
  return username === '' && password === '' && (pathname === '' || pathname === '/') && search === '' && hash === ''
}

const MIN_LOGIN = 8

/**
 * The parts of a URL that must not be shown anywhere, as they are written and decoded: the password, and for http and ws the
 * user and what looks like a key in path and query. Words ("polygon", "v2") and a password that repeats the user are left
 * out, as are logins under 8 characters: hiding them everywhere would hide much else.
 */
export function secretsOfUrl(text: string): string[] {
  if (!URL.canParse(text)) return [text]
  const { protocol, username, password, pathname, search } = new URL(text)
  const web = /^(http|ws)s?:$/.test(protocol)
  const login = [password === username ? '' : password, web ? username : ''].filter((part) => part.length >= MIN_LOGIN)
  const rest = web ? `${pathname}${search}`.split(/[/?&=]/).filter(looksLikeKey) : []
  return [...new Set([...login, ...rest].flatMap((part) => [part, decoded(part)]))]
}

function looksLikeKey(part: string): boolean {
  return part.length >= 20 || (part.length >= 8 && (/\d/.test(part) || (/[a-z]/.test(part) && /[A-Z]/.test(part))))
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // a lone "%": it was never encoded
  }
}
