import { expect, test } from 'vitest'
import { createRedactor } from './redact.js'

const redact = createRedactor()

test.each([
  ['https://polygon-mainnet.g.alchemy.com/v2/abcDEF123456_789-xyzXYZ0', 'https://polygon-mainnet.g.alchemy.com/***'],
  ['https://polygon-mainnet.infura.io/v3/0123456789abcdef0123456789abcdef', 'https://polygon-mainnet.infura.io/***'],
  ['wss://name.matic.quiknode.pro/0123456789abcdef0123456789abcdef01234567/', 'wss://name.matic.quiknode.pro/***'],
  ['https://lb.drpc.org/ogrpc?network=polygon&dkey=short', 'https://lb.drpc.org/***'],
  ['postgres://ft:pw@db.test:5432/ft', 'postgres://db.test:5432/***'],
  ['postgres://ft:p/w@db.test/ft', 'postgres://***'],
  ["fetch('https://u:p@a.test/x').", "fetch('https://a.test/***')."],
  ['https://u:p@a.test,https://u:p@b.test', 'https://a.test/***,https://b.test/***'],
  ['HTTPS://U:P@a.test', 'https://a.test/***'],
  ['authorization: Bearer abc', 'authorization: ***'],
  ['got "Bearer abcdefgh" there', 'got "Bearer ***" there'],
  ['password=hunter2 host=x', 'password=*** host=x'],
  ['{"Authorization":"abc","tokenId":"1"}', '{"Authorization":"***","tokenId":"1"}'],
  ['{"x-api-key":["abc","d"],"api_key":"a\\"b"}', '{"x-api-key":"***","api_key":"***"}'],
  ['{"body":"{\\"apiKey\\":\\"abc\\",\\"n\\":1}"}', '{"body":"{\\"apiKey\\":\\"***\\",\\"n\\":1}"}'],
])('hides the secret in %s', (text, expected) => {
  expect(redact(text)).toBe(expected)
})

test.each([
  'listening on http://127.0.0.1:8080/api/v1/networks',
  'https://tonapi.io/v2/blockchain/masterchain/50000000/transactions',
  'https://tonapi.io/v2/accounts/0:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  'https://polygonscan.com/tx/0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  'at file:///home/someone/app1234567890abc/src/x.ts:12:3',
  'tokenId=12 token: 0xabc, secretary: Bob, basic idea',
  '{"token":"0xabc","tokenId":"1","passwords":3}',
])('leaves %s readable', (text) => {
  expect(redact(text)).toBe(text)
})

test('given secrets are hidden wherever they stand, also escaped in JSON, the longest first', () => {
  const withSecrets = createRedactor(['abc', 'abcdef', 'a"b'])
  expect(withSecrets('x abcdef y abc z')).toBe('x *** y *** z')
  expect(withSecrets(JSON.stringify({ m: 'a"b' }))).toBe('{"m":"***"}')
})

test('a long text of one kind of character costs no more than its length', () => {
  const start = performance.now()
  for (const part of ['a', 'a.', '"', '\\', 'a:', 'password', '"password":', '"password":[', 'a://'])
    redact(part.repeat(200_000 / part.length))
  expect(performance.now() - start).toBeLessThan(10_000)
})
