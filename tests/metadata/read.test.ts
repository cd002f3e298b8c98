import { expect, test } from 'vitest'
import type { MetadataSource } from '../../src/core/events.js'
import { openDocuments } from '../../src/ingest/metadata/documents.js'
import { type MetadataAnswer, readMetadata } from '../../src/ingest/metadata/read.js'
import { createTestDatabase } from '../support/database.js'

/* What strangers put into documents must neither stop the task nor run in the pages of those who show it. */

const gateways = { ipfs: 'https://ipfs.invalid', arweave: 'https://arweave.invalid' }

async function read(...sources: readonly MetadataSource[]): Promise<readonly MetadataAnswer[]> {
  const documents = openDocuments({ gateways })
  try {
    const adapter = { metadata: async () => sources }
    return await readMetadata({ adapter, documents }, [], new AbortController().signal)
  } finally {
    await documents.close()
  }
}

const deep = (levels: number): Readonly<Record<string, unknown>> => {
  const text = `{"name":"deep","a":${'['.repeat(levels)}${']'.repeat(levels)}}`
  return JSON.parse(text)
}

test('whatever a document holds, PostgreSQL can store what is kept of it', async () => {
  const odd = {
    name: 'a\u0000b\\u0000\ud800c\udc00',
    'k\u0000': ['\u0000', '\ud83d', '\\\ud83d'],
    attributes: [{ trait_type: '\u0000', value: 1e308 }],
  }
  const answers = await read(
    { document: odd },
    { document: deep(90) },
    { uri: `data:application/json,${JSON.stringify(odd)}\u0000` },
    { uri: `\u0000data:application/json,{"name":"x"}` },
  )
  const database = await createTestDatabase()
  try {
    for (const { uri, found, reason } of answers) {
      await database.db.query('SELECT $1::text, $2::text, $3::jsonb, $4::jsonb', [
        ...[uri, reason, found?.content ?? null, found?.item ?? null],
      ])
    }
    const [first] = answers
    expect(JSON.parse(first?.found?.content ?? '')).toMatchObject({ k: ['', '\ufffd', '\\\ufffd'] })
    expect(JSON.parse(first?.found?.item ?? '')).toMatchObject({ name: 'ab\\u0000\ufffdc\ufffd' })
  } finally {
    await database.drop()
  }
})

test('a document that is nested too deeply is refused, and the others of its batch are read', async () => {
  const answers = await read({ document: deep(200_000) }, { document: { name: 'fine' } }, null)
  expect(answers.map(({ reason }) => reason)).toEqual([
    'the document is nested too deeply',
    null,
    'the contract names none',
  ])
  expect(answers.map(({ failure }) => failure)).toEqual(['bad_document', null, 'no_uri'])
})

test('media that would run in a page are left out: only what is shown stays', async () => {
  const media = async (uri: string) => {
    const [answer] = await read({ document: { name: 'x', image: uri, animation_url: uri } })
    const { image, animation_url } = JSON.parse(answer?.found?.item ?? '{}')
    return [image, animation_url]
  }
  const page = 'data:text/html,<script>alert(1)</script>'
  expect(await media(page)).toEqual([null, null])
  expect(await media('javascript:alert(1)')).toEqual([null, null])
  const image = 'data:image/png;base64,iVBORw0KGgo='
  expect(await media(image)).toEqual([image, image])
})

test('the same document at the same place has the same hash; another place or content another one', async () => {
  const at = (name: string, fragment = ''): MetadataSource => ({
    uri: `data:application/json,${JSON.stringify({ name })}${fragment}`,
  })
  const hashes = (await read(at('a'), at('a'), at('b'), at('a', ' '), { document: { name: 'a' } })).map(
    ({ found }) => found?.hash,
  )
  expect(hashes[0]).toBe(hashes[1])
  expect(new Set(hashes).size).toBe(4)
})
