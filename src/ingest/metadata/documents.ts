import { setMaxListeners } from 'node:events'
import { Agent, type Dispatcher, request } from 'undici'
import { contentUrl, type Gateways } from '../../core/contentUri.js'
import { linkSignals, untilAborted } from '../abort.js'
import { guardedAgent, NotAllowed } from './guardedAgent.js'
import {
  decompress,
  isBareJson,
  isImage,
  type Json,
  type MetadataFailure,
  MOST_BYTES,
  parseDocument,
  readBareJson,
  readDataUrl,
  tooLong,
  Unreadable,
} from './jsonDocument.js'
import { isPublicAddress } from './publicAddress.js'

/** A metadata document as it is, or why there is none: a short sentence that names the host or the scheme. */
export type DocumentAnswer = { readonly content: Json } | { readonly reason: string; readonly failure: MetadataFailure }

/** Reads the documents that contracts name. */
export interface Documents {
  /**
   * Reads the document of a URI: http(s), data:, IPFS, Arweave, or bare JSON in its place. An image is its own document: `{ image: uri }`.
   * Whatever a contract or server does is an answer with a reason.
   * @throws the reason of `signal` once that aborts; Error when the documents are closed
   */
  read(uri: string, signal: AbortSignal): Promise<DocumentAnswer>
  close(): Promise<void>
}

export interface DocumentsOptions {
  /** May have private addresses, user and password. They are reached as `contentUrl` names them; a redirect is not trusted. */
  readonly gateways: Gateways
  /** Addresses that may be connected to, but for the gateways: public ones by default. */
  readonly isAllowed?: (address: string) => boolean
  /** Time for a document with all its redirects, in milliseconds. */
  readonly timeoutMs?: number
}

const MOST_REDIRECTS = 3

/** Longest URL that is requested: servers take about so much. */
const LONGEST_URL = 8_000

/** Longest name of a host (RFC 1035). */
const LONGEST_NAME = 253

/** Items of one collection are at one host, so some connections are kept, but not for long: there are many hosts. */
const CONNECTIONS = { connections: 4, keepAliveTimeout: 2_000, keepAliveMaxTimeout: 5_000 }

/** Everything that one document needs. */
interface Reading {
  readonly uri: string
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

/**
 * Opens a reader of documents. A contract can name any URL, so no connection is made to an address that is not public
 * (`guardedAgent`), through no redirect and no name.
 */
export function openDocuments(options: DocumentsOptions): Documents {
  const { gateways, isAllowed = isPublicAddress, timeoutMs = 10_000 } = options
  const anywhere = guardedAgent(isAllowed, CONNECTIONS)
  const trusted = new Agent(CONNECTIONS)
  const closing = new AbortController()
  // Each reading listens to it
  setMaxListeners(0, closing.signal)

  async function contentOf(reading: Reading): Promise<Json> {
    if (isBareJson(reading.uri)) return readBareJson(reading.uri)
    const found = contentUrl(reading.uri, gateways)
    if (found === null) throw new Unreadable(whyNoUrl(reading.uri), 'bad_uri')
    if (/^data:/i.test(found)) return readDataUrl(found)
    let url = new URL(found)
    // What contentUrl made a URL of is at a gateway
    const atGateway = found !== reading.uri.trim()
    let answer = atGateway ? await get(url, trusted, reading) : await getUntrusted(url, anywhere, reading)
    for (let redirects = 0; answer instanceof URL; redirects += 1) {
      if (redirects === MOST_REDIRECTS)
        throw new Unreadable(`${url.host} redirects more than ${MOST_REDIRECTS} times`, 'http_error')
      url = answer
      answer = await getUntrusted(url, anywhere, reading)
    }
    return answer
  }

  return {
    async read(uri, signal) {
      const link = linkSignals([signal, closing.signal], timeoutMs)
      try {
        link.signal.throwIfAborted()
        return { content: await contentOf({ uri, signal: link.signal, timeoutMs }) }
      } catch (error) {
        signal.throwIfAborted()
        closing.signal.throwIfAborted()
        if (error instanceof Unreadable) return { reason: error.message, failure: error.failure }
        throw error
      } finally {
        link.release()
      }
    },
    async close() {
      closing.abort(new Error('the documents are closed'))
      await Promise.all([anywhere.destroy(), trusted.destroy()])
    },
  }
}

function whyNoUrl(uri: string): string {
  if (uri.trim() === '') return 'the URI is empty'
  const [, scheme] = /^\s*([a-z][a-z0-9+.-]{0,19}):/i.exec(uri) ?? []
  if (scheme === undefined) return 'the URI is neither a URL nor an identifier of IPFS'
  return `the URI of scheme ${scheme} does not name content that can be read`
}

/** Requests a URL that a contract or server has chosen. */
async function getUntrusted(url: URL, agent: Dispatcher, reading: Reading): Promise<Json | URL> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Unreadable(
      `a redirect leads to the scheme ${url.protocol.slice(0, 20)} which is not followed`,
      'http_error',
    )
  }
  if (url.username !== '' || url.password !== '')
    throw new Unreadable(`the URL of ${url.host} has credentials in it`, 'bad_uri')
  return get(url, agent, reading)
}

/** The document at a URL, or where it redirects to. */
async function get(url: URL, dispatcher: Dispatcher, reading: Reading): Promise<Json | URL> {
  const { signal } = reading
  if (url.href.length > LONGEST_URL) throw new Unreadable(`the URL is longer than ${LONGEST_URL} characters`, 'bad_uri')
  if (url.hostname.length > LONGEST_NAME)
    throw new Unreadable('the URL has a host name longer than there can be', 'bad_uri')
  try {
    const options = { dispatcher, signal, headers: { accept: 'application/json', ...authorization(url) } }
    // A request that is still connecting does not hear its signal
    return await contentOfResponse(await untilAborted(request(url, options), signal), url, reading)
  } catch (error) {
    if (error instanceof Unreadable) throw error
    if (error instanceof NotAllowed) throw new Unreadable(`${error.message}, so it is not read`, 'not_allowed')
    // The time is over: its parents, when they abort, are heard by the caller
    if (signal.aborted)
      throw new Unreadable(`${url.host} did not answer within ${reading.timeoutMs / 1000} s`, 'unreachable')
    throw new Unreadable(`${url.host} did not answer: ${codeOf(error)}`, 'unreachable')
  }
}

function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {}
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
}

/** The code of a failed connection: its message may say more of a gateway than others should know. */
function codeOf(error: unknown): string {
  return error instanceof Error ? ('code' in error ? String(error.code) : error.name) : 'unknown error'
}

async function contentOfResponse(response: Dispatcher.ResponseData, url: URL, reading: Reading): Promise<Json | URL> {
  const { statusCode, headers, body } = response
  const location = statusCode >= 300 && statusCode < 400 ? headers['location'] : undefined
  const isDocument = statusCode >= 200 && statusCode < 300
  const isPicture = isDocument && isImage(String(headers['content-type']))
  if (!isDocument || isPicture) body.on('error', () => undefined).destroy()
  if (location !== undefined) return redirect(String(location), url)
  if (!isDocument) throw new Unreadable(`${url.host} answered with status ${statusCode}`, 'http_error')
  if (isPicture) return { image: reading.uri }
  const source = `the document of ${url.host}`
  const encoding = String(headers['content-encoding'] ?? '').toLowerCase()
  const bytes = decompress(await readBody(body, source), encoding, source)
  return parseDocument(new TextDecoder().decode(bytes), source)
}

/** Where a redirect leads. A relative one has the user and password of its base, which are for the first request only. */
function redirect(location: string, from: URL): URL {
  const base = new URL(from)
  base.username = ''
  base.password = ''
  if (!URL.canParse(location, base.href)) throw new Unreadable(`${from.host} redirects to what is no URL`, 'http_error')
  return new URL(location, base)
}

async function readBody(body: Dispatcher.ResponseData['body'], source: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > MOST_BYTES) throw tooLong(source)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}
