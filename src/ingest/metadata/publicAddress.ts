import { BlockList, isIP } from 'node:net'

/**
 * IPv4 networks that are not globally reachable.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry (with RFC 5771 and 1112 for multicast and reserved)
 */
const NOT_PUBLIC_IPV4 = [
  ['0.0.0.0', 8, 'this network'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'shared behind the NAT of a carrier; some clouds have their services here'],
  ['127.0.0.0', 8, 'loopback'],
  ['168.63.129.16', 32, "public by number, but Azure's own services for each machine"],
  ['169.254.0.0', 16, 'link-local, the metadata services of clouds'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'protocol assignments'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.88.99.0', 24, '6to4 relays, no longer in use'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved, and broadcast'],
] as const

/**
 * IPv6 networks within 2000::/3 that are not globally reachable. Nothing outside of it is, but for addresses that stand for
 * IPv4 ones.
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const NOT_PUBLIC_IPV6 = [
  ['2001::', 23, 'protocol assignments: Teredo, benchmarking, ORCHID'],
  ['2001:db8::', 32, 'documentation'],
  ['3fff::', 20, 'documentation'],
] as const

/** Prefixes whose addresses go to the IPv4 address behind them: how many bits come before it, and the whole address. */
const EMBEDDING = [
  [96, (ipv4: string) => `::ffff:${ipv4}`], // IPv4-mapped
  [96, (ipv4: string) => `64:ff9b::${ipv4}`], // NAT64, RFC 6052
  [16, (ipv4: string) => `2002:${hexGroups(ipv4)}::`], // 6to4, RFC 3056
] as const

const unicast = new BlockList()
unicast.addSubnet('2000::', 3, 'ipv6')
for (const [bits, embed] of EMBEDDING) unicast.addSubnet(embed('0.0.0.0'), bits, 'ipv6')

const notPublic = new BlockList()
for (const [network, bits] of NOT_PUBLIC_IPV6) notPublic.addSubnet(network, bits, 'ipv6')
for (const [network, bits] of NOT_PUBLIC_IPV4) {
  notPublic.addSubnet(network, bits, 'ipv4')
  for (const [before, embed] of EMBEDDING) notPublic.addSubnet(embed(network), before + bits, 'ipv6')
}

/**
 * Whether an address can be reached from anywhere in the internet, by the special-purpose registries of IANA. False for what is
 * not an IPv4 or IPv6 literal, and for an address with a zone (`fe80::1%eth0`), which is one of this machine's links.
 */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return !notPublic.check(address, 'ipv4')
  if (version !== 6 || address.includes('%')) return false
  return unicast.check(address, 'ipv6') && !notPublic.check(address, 'ipv6')
}

/** An IPv4 address as two groups of an IPv6 one. */
function hexGroups(ipv4: string): string {
  const hex = Buffer.from(ipv4.split('.').map(Number)).toString('hex')
  return `${hex.slice(0, 4)}:${hex.slice(4)}`
}
