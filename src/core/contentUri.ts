/** Where content of these networks is fetched from: http(s) URLs, with or without a path and a slash at the end. */
export interface Gateways {
  readonly ipfs: string
  readonly arweave: string
}

/** `ipfs://…`, also with its prefix repeated (`ipfs://ipfs/…`), or the path that a gateway has. */
const IPFS = /^(?:ipfs:\/*|\/(?=ipfs\/))(?:ipfs\/)*/i

/** Bare identifiers: version 0 (sha2-256 in base58), version 1 (sha2-256 in base32). */
const BARE_CID = /^(?:Qm[1-9A-HJ-NP-Za-km-z]{44}|baf[a-z2-7]{56})(?:\/|$)/

/** An identifier, then the path below it. */
const IPFS_CONTENT = /^([A-Za-z0-9]+)(\/.*)?$/s
const ARWEAVE_CONTENT = /^ar:\/\/([\w-]+)(\/.*)?$/is

/**
 * Where the content that a URI names can be fetched: an http, https or data: URL as it is, a gateway's URL for IPFS
 * (`ipfs://CID/path`, `/ipfs/CID/path`, a bare CID) and Arweave (`ar://ID/path`); null for anything else. The path
 * below a CID is kept as a path, whatever characters it has, and cannot leave the CID.
 * @throws TypeError when a gateway is not a URL
 */
export function contentUrl(uri: string, gateways: Gateways): string | null {
  const text = uri.trim()
  if (/^data:/i.test(text)) return text
  if (/^https?:\/\//i.test(text)) return URL.canParse(text) ? text : null
  if (IPFS.test(text) || BARE_CID.test(text)) {
    const [, cid, path] = IPFS_CONTENT.exec(text.replace(IPFS, '')) ?? []
    return cid === undefined ? null : below(gateways.ipfs, /\/(?:ipfs\/?)?$/, `/ipfs/${cid}${cleanPath(path)}`)
  }
  const [, id, path] = ARWEAVE_CONTENT.exec(text) ?? []
  return id === undefined ? null : below(gateways.arweave, /\/$/, `/${id}${cleanPath(path)}`)
}

/** The gateway's URL with `path` in place of `end`, if its path ends so; a query (a key, for instance) stays. */
function below(gateway: string, end: RegExp, path: string): string {
  const url = new URL(gateway)
  url.pathname = url.pathname.replace(end, '') + path
  return url.href
}

/**
 * The path, encoded, without empty names. It is decoded before `..` is resolved, since servers and URL parsers take
 * `%2e%2e` and `%2f` for what they stand for.
 */
function cleanPath(path = ''): string {
  const kept: string[] = []
  for (const name of path.split('/').flatMap((segment) => decoded(segment).split('/'))) {
    if (name === '..') kept.pop()
    else if (name !== '' && name !== '.') kept.push(name)
  }
  const end = path.endsWith('/') ? '/' : ''
  return kept.map((name) => `/${encodeURIComponent(name.toWellFormed())}`).join('') + end
}

/** A name without its percent-encoding; as it is when it has none (`100% cat.json`). */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
