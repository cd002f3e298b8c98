import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { MetadataQuestion } from '../../core/events.js'
import { describeItem, type ItemMetadata } from '../../core/itemMetadata.js'
import type { ChainAdapter } from '../adapter.js'
import type { Documents } from './documents.js'
import type { MetadataFailure } from './jsonDocument.js'

/** Where metadata is read. */
export interface MetadataSources {
  readonly adapter: Pick<ChainAdapter, 'metadata'>
  readonly documents: Documents
}

/** What is known of an asset's metadata after a look: the document and what it says in the words of the API, or why there is none. */
export interface MetadataAnswer {
  readonly uri: string | null
  readonly found: { readonly content: string; readonly item: string; readonly hash: string } | null
  readonly reason: string | null
  /** The reason in a word. */
  readonly failure: MetadataFailure | null
}

/** URIs are kept as far as that; those that hold the document itself are longer. */
const MOST_URI = 2_000
/** PostgreSQL and `JSON.stringify` walk through a document by recursion: thousands of levels, which are a few kilobytes, overflow their stacks. */
const MOST_LEVELS = 100

/**
 * Reads the metadata of assets: asks their contracts where it is, and fetches it there.
 * @throws FtError as ChainAdapter lists them; what a contract or its server does wrong is a reason instead
 */
export async function readMetadata(
  { adapter, documents }: MetadataSources,
  questions: readonly MetadataQuestion[],
  signal: AbortSignal,
): Promise<readonly MetadataAnswer[]> {
  const sources = await adapter.metadata(questions)
  // each reading listens to it
  setMaxListeners(0, signal)
  return await Promise.all(
    sources.map(async (source): Promise<MetadataAnswer> => {
      if (source === null) return none(null, 'the contract names none', 'no_uri')
      const uri = 'uri' in source ? storable(source.uri).slice(0, MOST_URI) : null
      const answer = 'uri' in source ? await documents.read(source.uri, signal) : { content: source.document }
      if ('reason' in answer) return none(uri, answer.reason, answer.failure)
      if (isDeeper(answer.content, MOST_LEVELS)) return none(uri, 'the document is nested too deeply', 'bad_document')
      const described = describeItem(answer.content)
      if (described === null) return none(uri, 'the document has no field of an item', 'bad_document')
      const content = storableJson(answer.content)
      const hash = createHash('sha256').update(`${uri}\n${content}`).digest('hex')
      const item = storableJson(itemOf(described))
      return { uri, found: { content, item, hash: `0x${hash}` }, reason: null, failure: null }
    }),
  )
}

function none(uri: string | null, reason: string, failure: MetadataFailure): MetadataAnswer {
  return { uri, found: null, reason: storable(reason), failure }
}

/** In the words of the API. */
function itemOf({ name, description, image, animationUrl, externalUrl, attributes }: ItemMetadata) {
  return {
    name,
    description,
    image: media(image),
    animation_url: media(animationUrl),
    external_url: externalUrl,
    attributes: attributes.map(({ traitType, value, displayType }) => ({
      trait_type: traitType,
      value,
      display_type: displayType,
    })),
  }
}

/** Whoever shows an item opens these: a document that came along (`data:text/html`) would run in their page. */
function media(uri: string | null): string | null {
  return uri === null || /^data:(?!(?:image|audio|video)\/)/i.test(uri) ? null : uri
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1))
}

/** Without what PostgreSQL cannot store in a text. */
function storable(text: string): string {
  return text.replaceAll('\0', '')
}

/** JSON without what jsonb cannot hold: U+0000, and halves of surrogate pairs, which `JSON.stringify` writes as escapes. */
function storableJson(value: unknown): string {
  return JSON.stringify(value).replace(/\\\\|\\u0000|\\ud[89a-f][0-9a-f]{2}/g, (found) => {
    if (found === '\\\\') return found
    return found === '\\u0000' ? '' : '\\ufffd'
  })
}
