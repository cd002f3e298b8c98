import { contentUrl } from './contentUri.js'

/** One property of an item, as its metadata has it. */
export interface ItemAttribute {
  readonly traitType: string | null
  readonly value: string | number | boolean
  readonly displayType: string | null
}

/** What a metadata document says of an item. URLs are as the document has them: `contentUrl` says where they are fetched. */
export interface ItemMetadata {
  readonly name: string | null
  readonly description: string | null
  readonly image: string | null
  readonly animationUrl: string | null
  readonly externalUrl: string | null
  readonly attributes: readonly ItemAttribute[]
}

/** The name of an item or a collection as somebody else wrote it: clean and bounded; null where there is none. */
export function cleanName(value: unknown): string | null {
  return text(value, LONGEST_NAME)
}

/*
 * Bounds. Anyone can mint an item whose document is as large as the reader takes, and every list in the API carries what is
 * kept here. Texts are cut, in UTF-16 units; a URL that is cut leads nowhere, so a longer one is left out.
 */

/** Names are shown in one line; the longest that marketplaces show are below 100. */
export const LONGEST_NAME = 500
/** Some pages of text: descriptions hold terms of use and stories. */
export const LONGEST_DESCRIPTION = 5_000
/** About what browsers and servers are sure to take. */
export const LONGEST_URL = 2_000
/** Images on the chain are whole documents (SVG, small PNG), not addresses of one. */
export const LONGEST_DATA_IMAGE = 100_000
/** Ten times what generated collections have. */
export const MOST_ATTRIBUTES = 200
/** Types and values of attributes are filters in user interfaces, not prose. */
export const LONGEST_ATTRIBUTE_TEXT = 500

type Json = Readonly<Record<string, unknown>>

/**
 * The clean view of a metadata document: ERC-721 and ERC-1155 metadata JSON, OpenSea's metadata standards, TEP-64. What is not of
 * the expected type is left out; all texts can be stored by PostgreSQL. Null when nothing is left.
 */
export function describeItem(content: unknown): ItemMetadata | null {
  if (!isObject(content)) return null
  const item = {
    name: cleanName(content['name']),
    description: text(content['description'], LONGEST_DESCRIPTION),
    image: image(content['image']) ?? image(content['image_url']) ?? image(content['image_data']),
    // content_url: Getgems' name for it
    animationUrl: url(content['animation_url'], LONGEST_URL) ?? url(content['content_url'], LONGEST_URL),
    externalUrl: link(content['external_url']),
    attributes: attributes(content),
  }
  const { attributes: found, ...texts } = item
  return found.length === 0 && Object.values(texts).every((one) => one === null) ? null : item
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text without what PostgreSQL cannot store: U+0000, lone surrogates. Null when it is none or empty. */
function clean(value: unknown): string | null {
  if (typeof value !== 'string') return null
  return value.replaceAll('\u0000', '').toWellFormed().trim() || null
}

/** A clean text, cut to at most `longest`, not in the middle of a character of two units. */
function text(value: unknown, longest: number): string | null {
  return (
    clean(value)
      ?.slice(0, longest)
      .replace(/[\uD800-\uDBFF]$/, '') ?? null
  )
}

/** A URI of content, at most `longest` long. What is no such URI (`javascript:`, a relative path) is nothing to open. */
function url(value: unknown, longest: number): string | null {
  const uri = clean(value)
  const isContent = uri !== null && uri.length <= longest && contentUrl(uri, ANY_GATEWAYS) !== null
  return isContent ? uri : null
}

const ANY_GATEWAYS = { ipfs: 'https://ipfs.invalid', arweave: 'https://arweave.invalid' }

/** A page to visit: no data: URL, which browsers do not open as a page. */
function link(value: unknown): string | null {
  const uri = url(value, LONGEST_URL)
  return uri === null || isData(uri) ? null : uri
}

function isData(uri: string): boolean {
  return /^data:/i.test(uri)
}

/** An image: its URI, or what it is made of (SVG; base64 as TEP-64 has it in `image_data`) as a data: URL. */
function image(value: unknown): string | null {
  const uri = clean(value)
  if (uri === null) return null
  if (/^<(?:svg|\?xml|!DOCTYPE|!--)/i.test(uri)) {
    return url(`data:image/svg+xml;utf8,${encodeURIComponent(uri)}`, LONGEST_DATA_IMAGE)
  }
  const [, type] = BASE64_IMAGES.find(([start]) => uri.startsWith(start)) ?? []
  if (type !== undefined) return url(`data:${type};base64,${uri}`, LONGEST_DATA_IMAGE)
  return url(uri, isData(uri) ? LONGEST_DATA_IMAGE : LONGEST_URL)
}

/** How the formats of images begin, in base64. */
const BASE64_IMAGES = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['PHN2Zy', 'image/svg+xml'],
] as const

/** The first that holds any: `attributes`, `traits`, `properties` (ERC-1155). */
function attributes(content: Json): readonly ItemAttribute[] {
  for (const source of [content['attributes'], content['traits'], content['properties']]) {
    const found = attributesOf(source)
    if (found.length > 0) return found
  }
  return []
}

/** Attributes of a list of objects, or of an object whose keys are their types. */
function attributesOf(source: unknown): ItemAttribute[] {
  const found: ItemAttribute[] = []
  for (const one of Array.isArray(source) ? source : keyed(source)) {
    const attribute = attributeOf(one)
    if (attribute !== null) found.push(attribute)
    if (found.length === MOST_ATTRIBUTES) break
  }
  return found
}

/** `{ key: value }` and `{ key: { value } }` as the objects that a list would have. */
function keyed(source: unknown): Json[] {
  if (!isObject(source)) return []
  return Object.entries(source).map(([name, value]) => (isObject(value) ? { name, ...value } : { name, value }))
}

function attributeOf(source: unknown): ItemAttribute | null {
  if (!isObject(source)) return null
  const value = scalar(source['value'])
  if (value === null) return null
  const type = source['trait_type'] ?? source['traitType'] ?? source['name']
  return {
    traitType: text(type, LONGEST_ATTRIBUTE_TEXT),
    value,
    displayType: text(source['display_type'] ?? source['displayType'], LONGEST_ATTRIBUTE_TEXT),
  }
}

/** Numbers beyond the range (`1e999`) are infinite once parsed, which JSON cannot say. */
function scalar(value: unknown): string | number | boolean | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  return typeof value === 'boolean' ? value : text(value, LONGEST_ATTRIBUTE_TEXT)
}
