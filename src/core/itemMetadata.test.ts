import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  describeItem,
  LONGEST_ATTRIBUTE_TEXT,
  LONGEST_DATA_IMAGE,
  LONGEST_DESCRIPTION,
  LONGEST_NAME,
  LONGEST_URL,
  MOST_ATTRIBUTES,
} from './itemMetadata.js'

const nothing = {
  name: null,
  description: null,
  image: null,
  animationUrl: null,
  externalUrl: null,
  attributes: [],
}
const attribute = (traitType: string | null, value: unknown, displayType: string | null = null) => ({
  traitType,
  value,
  displayType,
})
const attributesOf = (content: unknown) => describeItem(content)?.attributes ?? []
const imageOf = (content: unknown) => describeItem(content)?.image ?? null

test('a document as OpenSea describes it is understood', () => {
  const content = {
    name: ' Dave Starbelly ',
    description: 'Friendly creature',
    image: 'ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/3.png',
    animation_url: 'https://example.com/3.mp4',
    external_url: 'https://example.com/3',
    attributes: [
      { trait_type: 'Base', value: 'Starfish' },
      { display_type: 'number', trait_type: 'Generation', value: 2 },
      { value: true },
    ],
  }
  expect(describeItem(content)).toEqual({
    name: 'Dave Starbelly',
    description: content.description,
    image: content.image,
    animationUrl: content.animation_url,
    externalUrl: content.external_url,
    attributes: [attribute('Base', 'Starfish'), attribute('Generation', 2, 'number'), attribute(null, true)],
  })
})

test('the example of ERC-1155 is understood', () => {
  const properties = {
    simple_property: 'example value',
    rich_property: { name: 'Name', value: '123', display_value: '123 Example Value', class: 'emphasis' },
    array_property: { name: 'Name', value: [1, 2, 3, 4], class: 'emphasis' },
  }
  expect(describeItem({ name: 'Asset', decimals: 0, image: 'https://s3.example.com/1.png', properties })).toEqual({
    ...nothing,
    name: 'Asset',
    image: 'https://s3.example.com/1.png',
    attributes: [attribute('simple_property', 'example value'), attribute('Name', '123')],
  })
})

test("Getgems' name of the animation is understood", () => {
  expect(describeItem({ content_url: 'https://example.com/1.mp4', content_type: 'video/mp4' })).toEqual({
    ...nothing,
    animationUrl: 'https://example.com/1.mp4',
  })
})

describe('attributes', () => {
  test.each([
    [
      'a list with names of its own',
      [
        { traitType: 'a', value: 1 },
        { name: 'b', value: 2, displayType: 'x' },
      ],
    ],
    ['an object', { a: 1, b: { value: 2, display_type: 'x' } }],
  ])('are read from %s', (_, attributes) => {
    expect(attributesOf({ attributes })).toEqual([attribute('a', 1), attribute('b', 2, 'x')])
  })

  test('are read from traits, and from properties only when there are no others', () => {
    const traits = [{ trait_type: 'a', value: 1 }]
    expect(attributesOf({ attributes: [], traits, properties: { b: 2 } })).toEqual([attribute('a', 1)])
    expect(attributesOf({ attributes: [null, {}], traits: 'none', properties: { b: 2 } })).toEqual([attribute('b', 2)])
  })

  test('that have no value of their type are left out', () => {
    const values = [null, undefined, '', ' \u0000', [], {}, Number.POSITIVE_INFINITY, Number.NaN]
    const attributes = [
      ...values.map((value) => ({ trait_type: 'a', value })),
      'text',
      7,
      null,
      [],
      { trait_type: 'b' },
    ]
    expect(attributesOf({ attributes: [...attributes, { trait_type: 7, value: 0 }] })).toEqual([attribute(null, 0)])
  })
})

describe('an image', () => {
  test('is the first of its names that has one', () => {
    expect(imageOf({ image: '', image_url: 'https://a.example/1' })).toBe('https://a.example/1')
    expect(imageOf({ image: 7, image_url: 'images/1.png', image_data: 'data:image/png;base64,AA' })).toBe(
      'data:image/png;base64,AA',
    )
  })

  test('that is raw SVG becomes a data: URL', () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><text fill="#fff">100 % ä</text></svg>'
    const url = imageOf({ image_data: svg }) ?? ''
    expect(url).toMatch(/^data:image\/svg\+xml;utf8,[\w%.~!*'()-]+$/)
    expect(decodeURIComponent(url.slice(url.indexOf(',') + 1))).toBe(svg)
    expect(imageOf({ image: svg })).toBe(url)
  })

  test.each([
    ['image/png', Buffer.from('89504e470d0a1a0a0000', 'hex')],
    ['image/jpeg', Buffer.from('ffd8ffe000104a464946', 'hex')],
    ['image/gif', Buffer.from('GIF89a')],
    ['image/webp', Buffer.from('RIFF\u0001\u0000\u0000\u0000WEBP')],
    ['image/svg+xml', Buffer.from('<svg/>')],
  ])('that is base64, as TEP-64 has it, becomes a data: URL: %s', (type, bytes) => {
    const data = bytes.toString('base64')
    expect(imageOf({ image_data: data })).toBe(`data:${type};base64,${data}`)
  })
})

test('a URL that leads nowhere, or would run a script, is left out', () => {
  for (const url of ['javascript:alert(1)', 'vbscript:x', 'file:///etc/passwd', 'images/1.png', '']) {
    expect(describeItem({ name: 'a', image: url, animation_url: url, external_url: url })).toEqual({
      ...nothing,
      name: 'a',
    })
  }
  expect(describeItem({ name: 'a', external_url: 'data:text/html,<script>' })).toEqual({ ...nothing, name: 'a' })
})

describe('bounds', () => {
  const long = 'x'.repeat(LONGEST_DATA_IMAGE)

  test('a text is cut at its bound, not in the middle of a character', () => {
    expect(describeItem({ name: long })?.name).toBe('x'.repeat(LONGEST_NAME))
    expect(describeItem({ name: `${'x'.repeat(LONGEST_NAME - 1)}😀` })?.name).toBe('x'.repeat(LONGEST_NAME - 1))
    expect(describeItem({ description: long })?.description).toBe('x'.repeat(LONGEST_DESCRIPTION))
    const cut = 'x'.repeat(LONGEST_ATTRIBUTE_TEXT)
    const source = { trait_type: long, value: long, display_type: long }
    expect(attributesOf({ attributes: [source] })).toEqual([attribute(cut, cut, cut)])
  })

  const ofLength = (start: string, length: number) => start + 'x'.repeat(length - start.length)

  test('a URL is kept whole or not at all', () => {
    const fits = ofLength('https://example.com/', LONGEST_URL)
    const whole = { ...nothing, image: fits, animationUrl: fits, externalUrl: fits }
    expect(describeItem({ image: fits, animation_url: fits, external_url: fits })).toEqual(whole)
    for (const tooLong of [`${fits}x`, `${fits}😀`]) {
      expect(describeItem({ image: tooLong, animation_url: tooLong, external_url: tooLong })).toBeNull()
    }
  })

  test('an image that is itself in the URL may be longer', () => {
    const fits = ofLength('data:image/png;base64,', LONGEST_DATA_IMAGE)
    expect(imageOf({ image: fits })).toBe(fits)
    expect(imageOf({ image: `${fits}x` })).toBeNull()
    expect(imageOf({ image_data: `<svg>${long.slice(0, LONGEST_DATA_IMAGE - 100)}</svg>` })).not.toBeNull()
    expect(imageOf({ image_data: `<svg>${' '.repeat(LONGEST_DATA_IMAGE / 2)}</svg>` })).toBeNull()
    expect(describeItem({ animation_url: fits })).toBeNull()
  })

  test('of many attributes the first are kept', () => {
    const attributes = Array.from({ length: MOST_ATTRIBUTES + 1 }, (_, index) => ({ trait_type: 'n', value: index }))
    expect(attributesOf({ attributes })).toEqual(attributes.slice(0, -1).map(({ value }) => attribute('n', value)))
  })
})

test('U+0000 is removed, a lone surrogate replaced', () => {
  const content = { name: 'a\u0000b\ud800c', attributes: { 'x\u0000': '\udc00' } }
  expect(describeItem(content)).toEqual({ ...nothing, name: 'ab\ufffdc', attributes: [attribute('x', '\ufffd')] })
})

test('a document that says nothing of all this is none', () => {
  for (const content of [null, undefined, 7, 'text', true, [], [{ name: 'a' }], {}, { name: 7 }, { tokenId: 1 }]) {
    expect(describeItem(content), JSON.stringify(content)).toBeNull()
  }
})

/** Documents that have the names that are read, with anything in them. */
function documents(): fc.Arbitrary<unknown> {
  const starts = [
    '',
    'https://example.com/',
    'ipfs://Qm/',
    'data:image/png;base64,',
    '/9j/',
    '<svg>',
    '😀',
    'a\u0000\ud83d',
  ]
  const bounds = [0, 1, LONGEST_ATTRIBUTE_TEXT, LONGEST_URL, LONGEST_DESCRIPTION, LONGEST_DATA_IMAGE]
  const long = fc
    .tuple(
      fc.constantFrom(...starts),
      fc.constantFrom(...bounds),
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom('x', '😀'),
    )
    .map(([start, bound, more, end]) => start + 'x'.repeat(Math.max(0, bound + more - start.length - 1)) + end)
  const anyText = fc.array(fc.nat(0xffff), { maxLength: 5 }).map((units) => String.fromCharCode(...units))
  const value = fc.oneof(long, anyText, fc.jsonValue({ maxDepth: 1 }), fc.double())
  const keys = fc.constantFrom('trait_type', 'traitType', 'name', 'value', 'display_type', 'other')
  const one = fc.oneof(value, fc.dictionary(keys, value, { maxKeys: 4 }))
  const many = fc.oneof(
    fc.dictionary(keys, one, { maxKeys: 4 }),
    fc.array(one, { maxLength: 4 }),
    one.map((item) => Array<unknown>(MOST_ATTRIBUTES + 1).fill(item)),
  )
  return fc.record(
    {
      ...{ name: value, description: value, image: value, image_url: value, image_data: value, animation_url: value },
      ...{ content_url: value, external_url: value, attributes: many, traits: many, properties: many },
    },
    { requiredKeys: [] },
  )
}

test('of any document all bounds hold, and what is kept can be stored as jsonb', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), documents()), (content) => {
      const item = describeItem(content)
      if (item === null) return
      const texts = item.attributes.flatMap(({ traitType, value, displayType }) => [
        traitType,
        String(value),
        displayType,
      ])
      const image = /^data:/i.test(item.image ?? '') ? LONGEST_DATA_IMAGE : LONGEST_URL
      const lengths: readonly (readonly [length: number | undefined, most: number])[] = [
        [item.name?.length, LONGEST_NAME],
        [item.description?.length, LONGEST_DESCRIPTION],
        [item.image?.length, image],
        [item.animationUrl?.length, LONGEST_URL],
        [item.externalUrl?.length, LONGEST_URL],
        [item.attributes.length, MOST_ATTRIBUTES],
        [Math.max(0, ...texts.map((text) => text?.length ?? 0)), LONGEST_ATTRIBUTE_TEXT],
      ]
      expect(lengths.filter(([length = 0, most]) => length > most)).toEqual([])
      const stored = JSON.stringify(item)
      // Escapes that jsonb refuses; a backslash that is itself escaped starts none
      expect(/\\u0000|\\ud[89a-f]/.test(stored.replaceAll('\\\\', ''))).toBe(false)
      expect(JSON.stringify(JSON.parse(stored)) === stored).toBe(true)
    }),
    { seed: 1, numRuns: 150 },
  )
})
