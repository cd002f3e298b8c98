import { describe, expect, test } from 'vitest'
import { isBareJson, MOST_BYTES, readBareJson, readDataUrl } from './jsonDocument.js'

const item = { name: 'Katze #1 ä', description: '100% cat' }
const json = JSON.stringify(item)
const base64 = Buffer.from(json).toString('base64')

describe('the document of a data: URL is read', () => {
  test.each([
    ['base64', `data:application/json;base64,${base64}`],
    ['base64 with its charset', `data:application/json;charset=utf-8;base64,${base64}`],
    ['base64 in the alphabet of URLs', `data:application/json;base64,${Buffer.from(json).toString('base64url')}`],
    ['base64, percent-encoded', `data:application/json;base64,${encodeURIComponent(base64)}`],
    ['percent-encoded', `data:application/json;charset=utf-8,${encodeURIComponent(json)}`],
    ['as it is, in which % is no encoding', `data:application/json;utf8,${json}`],
    ['without a type', `data:,${encodeURIComponent(json)}`],
    ['with capitals and a byte order mark', `DATA:Application/JSON,\uFEFF${encodeURIComponent(json)}`],
  ])('%s', (_, uri) => {
    expect(readDataUrl(uri)).toEqual(item)
  })

  test('as it is, when it holds another URL that is encoded', () => {
    const content = { image: 'data:image/svg+xml;utf8,%3Csvg%20xmlns=%22http://www.w3.org/2000/svg%22/%3E' }
    expect(readDataUrl(`data:application/json;utf8,${JSON.stringify(content)}`)).toEqual(content)
  })
})

test('an image is its own document', () => {
  for (const uri of ['data:image/svg+xml;base64,PHN2Zy8+', 'data:image/png,x'])
    expect(readDataUrl(uri)).toEqual({ image: uri })
})

const source = 'the content of the data: URL'

test.each([
  ['data:application/json', 'the data: URL has no comma, so no content'],
  ['data:,', `${source} is not JSON`],
  ['data:text/plain,hello', `${source} is not JSON`],
  ['data:application/json,[1]', `${source} is not a JSON object`],
  ['data:application/json;base64,e30x', `${source} is not JSON`],
])('of %s the reason is told', (uri, reason) => {
  expect(() => readDataUrl(uri)).toThrow(reason)
})

test('what is longer than the longest document is refused', () => {
  const longest = json.padEnd(MOST_BYTES - (Buffer.byteLength(json) - json.length))
  expect(readDataUrl(`data:application/json,${longest}`)).toEqual(item)
  const base64Of = (text: string) => `data:application/json;base64,${Buffer.from(text).toString('base64')}`
  expect(readDataUrl(base64Of(longest))).toEqual(item)
  for (const uri of [`data:,${longest} `, base64Of(`${longest} `), `data:image/png,${longest}`]) {
    expect(() => readDataUrl(uri)).toThrow(`${source} is longer than 512 KiB`)
  }
})

test('JSON in the place of a URI is read as it is, and within the same bounds', () => {
  const bare = 'the JSON in the place of a URI'
  for (const uri of [json, `\n  ${json}\n`, `\uFEFF${json}`, '{"name":"100%20"}']) {
    expect(isBareJson(uri)).toBe(true)
    expect(readBareJson(uri)).toEqual(JSON.parse(uri.trim()))
  }
  const longest = json.padEnd(MOST_BYTES - (Buffer.byteLength(json) - json.length))
  expect(readBareJson(longest)).toEqual(item)
  expect(() => readBareJson(`${longest} `)).toThrow(`${bare} is longer than 512 KiB`)
  expect(() => readBareJson('{"name":')).toThrow(`${bare} is not JSON`)
  for (const uri of ['[{}]', '"{}"', 'data:,{}', 'https://example.com/{id}', '']) expect(isBareJson(uri)).toBe(false)
})
