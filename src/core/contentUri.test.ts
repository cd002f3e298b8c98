import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentUrl } from './contentUri.js'

const gateways = { ipfs: 'https://ipfs.io', arweave: 'https://arweave.net' }
const v0 = 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG'
const v1 = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const at = (uri: string) => contentUrl(uri, gateways)

describe('what can be fetched already stays as it is', () => {
  test.each([
    'https://example.com/1.json?a=b#c',
    'http://10.0.0.1:8080/{id}',
    'data:application/json;utf8,{"name":"#1 %"}',
  ])('%s', (uri) => {
    expect(at(uri)).toBe(uri)
    expect(at(`\n ${uri} `)).toBe(uri)
  })
})

describe('content of IPFS is at its gateway', () => {
  test.each([
    [`ipfs://${v0}`, v0],
    [`ipfs://${v1}/1.json`, `${v1}/1.json`],
    [`IPFS://ipfs/${v0}/a/b.json`, `${v0}/a/b.json`],
    [`ipfs://ipfs/ipfs/${v0}`, v0],
    [`ipfs:/${v0}`, v0],
    [`/ipfs/${v0}/1`, `${v0}/1`],
    [v0, v0],
    [`${v1}/1.json`, `${v1}/1.json`],
    [`ipfs://${v0}/`, `${v0}/`],
  ])('%s', (uri, path) => {
    expect(at(uri)).toBe(`https://ipfs.io/ipfs/${path}`)
  })
})

test('content of Arweave is at its gateway', () => {
  const id = 'Wj1zN_8fAFnHxGEQ9e2Yt0wbkjXk-xh1d5Qj0u4kZqM'
  expect(at(`ar://${id}`)).toBe(`https://arweave.net/${id}`)
  expect(at(`ar://${id}/a b.json`)).toBe(`https://arweave.net/${id}/a%20b.json`)
})

describe('a gateway may have a path, a slash at the end and a key', () => {
  test.each([
    ['https://ipfs.io/', `https://ipfs.io/ipfs/${v0}`],
    ['https://ipfs.io/ipfs', `https://ipfs.io/ipfs/${v0}`],
    ['https://ipfs.io/ipfs/', `https://ipfs.io/ipfs/${v0}`],
    ['http://node:8080/own/path/', `http://node:8080/own/path/ipfs/${v0}`],
    ['https://ipfs.io?key=k', `https://ipfs.io/ipfs/${v0}?key=k`],
  ])('%s', (ipfs, url) => {
    expect(contentUrl(v0, { ...gateways, ipfs })).toBe(url)
  })

  test('of Arweave too', () => {
    expect(contentUrl('ar://x', { ...gateways, arweave: 'http://node/ar/' })).toBe('http://node/ar/x')
  })
})

describe('the path below a CID survives', () => {
  test.each([
    ['Cat #1?.json', 'Cat%20%231%3F.json'],
    ['My%20Cat.json', 'My%20Cat.json'],
    ['100% cat/ä.json', '100%25%20cat/%C3%A4.json'],
    ['a\\b', 'a%5Cb'],
    ['\ud800', '%EF%BF%BD'],
  ])('%s', (path, encoded) => {
    expect(at(`ipfs://${v0}/${path}`)).toBe(`https://ipfs.io/ipfs/${v0}/${encoded}`)
  })
})

test('no path climbs out of its CID', () => {
  const part = fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2E.',
    '..%2f..',
    '%2f',
    '/',
    '\\',
    '%5c',
    'a',
    '',
    '%252e',
    '\t',
    '?',
    '#',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.constantFrom('', '/'), (parts, glue) => {
      const url = at(`ipfs://${v0}/${parts.join(glue)}`)
      const { origin, pathname, search, hash } = new URL(url ?? '')
      expect({ origin, search, hash }).toEqual({ origin: 'https://ipfs.io', search: '', hash: '' })
      expect(pathname.split('/').slice(0, 3)).toEqual(['', 'ipfs', v0])
      expect(decodeURIComponent(pathname).split('/')).not.toContain('..')
    }),
    { seed: 1, numRuns: 500 },
  )
})

describe('nothing else is content', () => {
  test.each([
    ['', 'no URI', '1.json', 'images/1.png'],
    [
      'javascript:alert(1)',
      'file:///etc/passwd',
      'ftp://example.com/1',
      'ipns://name/1',
      'https://',
      'https:example.com',
    ],
    ['ipfs://', 'ipfs://../x', 'ipfs:///', '/ipfs/', 'ar://', 'ar://../x', `${v0}x`, 'Qm/../x', '//ipfs/x'],
  ])('%s, %s, %s, …', (...uris) => {
    for (const uri of uris) expect(at(uri), uri).toBeNull()
  })
})

test('any text is answered', () => {
  const anyText = fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units))
  fc.assert(
    fc.property(anyText, fc.constantFrom('', 'ipfs://Qm/', 'ar://x/', 'https://'), (text, scheme) => {
      const url = at(scheme + text)
      expect(url === null || URL.canParse(url) || /^data:/i.test(url)).toBe(true)
    }),
    { seed: 1, numRuns: 300 },
  )
})
