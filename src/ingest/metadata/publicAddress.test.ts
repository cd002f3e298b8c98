import { describe, expect, test } from 'vitest'
import { isPublicAddress } from './publicAddress.js'

const publicIpv4 = ['1.1.1.1', '8.8.8.8', '93.184.216.34', '192.0.1.0', '192.1.0.1', '203.0.112.255', '223.255.255.255']

/** First and last address of every network that is not public. */
const otherIpv4 = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.100.100.200', '100.127.255.255'],
  ['127.0.0.0', '127.0.0.1', '127.255.255.255'],
  ['168.63.129.16'],
  ['169.254.0.0', '169.254.169.254', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.192', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '239.255.255.255'],
  ['240.0.0.0', '255.255.255.255'],
].flat()

/** The neighbours of those networks, outside of them. */
const beside = [
  ...['1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0'],
  ...['168.63.129.15', '168.63.129.17', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0'],
  ...['191.255.255.255', '192.0.1.255', '192.0.3.0', '192.88.98.255', '192.88.100.0', '192.167.255.255', '192.169.0.0'],
  ...['198.17.255.255', '198.20.0.0', '198.51.99.255', '198.51.101.0', '203.0.114.0'],
]

const hex = (ipv4: string) =>
  Buffer.from(ipv4.split('.').map(Number))
    .toString('hex')
    .replace(/^(.{4})/, '$1:')

const embeddings: readonly (readonly [name: string, embed: (ipv4: string) => string])[] = [
  ['itself', (ipv4) => ipv4],
  ['IPv4-mapped', (ipv4) => `::ffff:${ipv4}`],
  ['IPv4-mapped, in hexadecimal', (ipv4) => `0:0:0:0:0:FFFF:${hex(ipv4)}`],
  ['NAT64', (ipv4) => `64:ff9b::${ipv4}`],
  ['6to4, any host of it', (ipv4) => `2002:${hex(ipv4)}:ffff::1`],
]

describe.each(embeddings)('an IPv4 address, %s', (_, embed) => {
  test.each([...publicIpv4, ...beside])('%s is public', (address) => {
    expect(isPublicAddress(embed(address))).toBe(true)
  })

  test.each(otherIpv4)('%s is not public', (address) => {
    expect(isPublicAddress(embed(address))).toBe(false)
  })
})

test.each([
  '2606:4700:4700::1111',
  '2001:4860:4860::8888',
  '2a00:1450::1',
  '2001:200::',
  '2620:4f:8000::1',
  '3ffe:ffff::1',
])('the IPv6 address %s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test.each([
  ...['::', '::1', '0:0:0:0:0:0:0:1', '::2', '::8.8.8.8', '::ffff:0:8.8.8.8'],
  ...['fc00::', 'fd00:ec2::254', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ...['fe80::1', 'febf::1', 'fec0::1', 'ff02::1', 'ff0e::1'],
  ...['64:ff9b:1::8.8.8.8', '100::', '100::1', '5f00::1', '4000::', '1fff:ffff::'],
  ...['2001::', '2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001:2::1', '2001:20::1', '2001:1ff:ffff::'],
  ...['2001:db8::1', '2001:db8:ffff::1', '3fff::1', '3fff:fff::1'],
])('the IPv6 address %s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each([
  '',
  'example.com',
  'localhost',
  '127.1',
  '0x7f.0.0.1',
  '2130706433',
  '8.8.8.8:80',
  '[2606:4700::1]',
  '2606:4700::1%eth0',
])('%s is no address that could be public', (text) => {
  expect(isPublicAddress(text)).toBe(false)
})
