import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'

/** A JSON object, as it was parsed. */
export type Json = Readonly<Record<string, unknown>>

/**
 * Why there is no metadata, in a word: the contract names none; what it names is no URL; its address may not be connected to; its server does not
 * answer; or answers something else; what is there is no document.
 */
export type MetadataFailure = 'no_uri' | 'bad_uri' | 'not_allowed' | 'unreachable' | 'http_error' | 'bad_document'

/** Why there is no document: a word, and a message for the operator. */
export class Unreadable extends Error {
  readonly failure: MetadataFailure

  constructor(message: string, failure: MetadataFailure = 'bad_document') {
    super(message)
    this.failure = failure
  }
}

/** Largest document that is read, in bytes, decompressed: images on the chain take up to 100 KB, half as much again in base64. */
export const MOST_BYTES = 512 * 1024

/**
 * The JSON object of a text; a byte order mark before it is allowed.
 * @throws Unreadable, with `source` as the subject of the sentence
 */
export function parseDocument(text: string, source: string): Json {
  const value = parsed(text.replace(/^\uFEFF/, ''))
  if (value === undefined) throw new Unreadable(`${source} is not JSON`)
  if (!isObject(value)) throw new Unreadable(`${source} is not a JSON object`)
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * What a data: URL says (RFC 2397): a JSON object, or `{ image: uri }` when it is an image. Contracts often have JSON in it that
 * is not percent-encoded, so text that is no JSON object once decoded is taken as it is.
 * @throws Unreadable
 */
export function readDataUrl(uri: string): Json {
  const source = 'the content of the data: URL'
  const comma = uri.indexOf(',')
  if (comma === -1) throw new Unreadable('the data: URL has no comma, so no content')
  const type = uri.slice('data:'.length, comma).trim()
  if (isImage(type)) {
    if (uri.length > MOST_BYTES) throw tooLong(source)
    return { image: uri }
  }
  const data = uri.slice(comma + 1)
  const decoded = percentDecoded(data)
  const texts = /;\s*base64$/i.test(type) ? [Buffer.from(decoded, 'base64').toString()] : [decoded, data]
  if (Buffer.byteLength(texts[0] ?? '') > MOST_BYTES) throw tooLong(source)
  const text = texts.find((one) => isObject(parsed(one.replace(/^\uFEFF/, ''))))
  return parseDocument(text ?? decoded, source)
}

/** Whether what a contract gives as a URI is the document itself: some have bare JSON there. No URI begins with a brace. */
export function isBareJson(uri: string): boolean {
  return uri.trimStart().startsWith('{')
}

/**
 * The document that a contract gives in the place of a URI.
 * @throws Unreadable
 */
export function readBareJson(uri: string): Json {
  const source = 'the JSON in the place of a URI'
  if (Buffer.byteLength(uri) > MOST_BYTES) throw tooLong(source)
  return parseDocument(uri.trim(), source)
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Whether a media type is that of an image. */
export function isImage(type: string): boolean {
  return /^image\//i.test(type)
}

/** The refusal of what is longer than MOST_BYTES. */
export function tooLong(source: string): Unreadable {
  return new Unreadable(`${source} is longer than ${MOST_BYTES / 1024} KiB`)
}

const DECODERS = new Map([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
])

/**
 * A body without its content-encoding. Nothing but identity is asked for, but some storage has only compressed files.
 * @throws Unreadable also when it is longer than MOST_BYTES once decompressed
 */
export function decompress(body: Buffer, encoding: string, source: string): Buffer {
  if (encoding === '' || encoding === 'identity') return body
  const decoder = DECODERS.get(encoding)
  if (decoder === undefined) throw new Unreadable(`${source} has a content-encoding that is not read`)
  try {
    return decoder(body, { maxOutputLength: MOST_BYTES })
  } catch (error) {
    if (error instanceof RangeError) throw tooLong(source)
    throw new Unreadable(`${source} cannot be decompressed`)
  }
}
