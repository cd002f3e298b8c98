import { FtError } from '../core/errors.js'

/** An endpoint's address and how to speak of it. */
export interface EndpointAddress {
  /** Host (and port where it is not the default), numbered when several endpoints share it. Safe to log. */
  readonly name: string
  /** The full address, with keys: for the transport only. */
  readonly url: string
  /** Removes from a text whatever of the address is secret: user info, path segments and query values. */
  redact(text: string): string
}

/** Parts of a path that are short are words like `v3`, not keys. */
const SHORTEST_SECRET = 8

/**
 * Names endpoints by their hosts.
 * @throws FtError config_invalid when there is none, or one is not a URL; the text does not repeat it, because it may hold a key
 */
export function nameEndpoints(network: string, urls: readonly string[]): readonly EndpointAddress[] {
  if (urls.length === 0) throw new FtError('config_invalid', `${network} has no endpoint: give at least one URL`)
  const seen = new Map<string, number>()
  return urls.map((text, index) => {
    const url = URL.canParse(text) ? new URL(text) : null
    if (url === null || url.host === '') {
      throw new FtError('config_invalid', `endpoint ${index + 1} of ${network} is not a URL like https://host/path`)
    }
    const count = (seen.get(url.host) ?? 0) + 1
    seen.set(url.host, count)
    const secrets = secretsOf(url)
    return {
      name: count === 1 ? url.host : `${url.host}#${count}`,
      url: url.href,
      redact: (message) => secrets.reduce((text, secret) => text.replaceAll(secret, '***'), message),
    }
  })
}

function secretsOf(url: URL): readonly string[] {
  const parts = [...url.pathname.split('/'), ...url.searchParams.values()].filter(
    (part) => part.length >= SHORTEST_SECRET,
  )
  return [url.username, url.password, ...parts, ...parts.map(decode)].filter((part) => part !== '')
}

/** Percent-decoded, as a server that repeats the key would show it; as it is when that is not possible. */
function decode(part: string): string {
  return /%(?![0-9a-f]{2})/i.test(part)
    ? part
    : (new URLSearchParams(`v=${part.replaceAll('&', '%26')}`).get('v') ?? '')
}
