/** A row of `ref.marketplaces`: a contract whose events a parser understands. */
export interface Marketplace {
  readonly address: string
  /** As answers name it. */
  readonly name: string
  /** Which parser of `ingest/evm/marketplaces` reads it. */
  readonly protocol: string
  readonly version: string
}

const seaport = (version: string, address: string): Marketplace => ({
  address,
  name: 'seaport',
  protocol: 'seaport',
  version,
})

/** Deployed by CREATE2 at the same addresses on every EVM chain; forks of Seaport at other addresses are never parsed. */
const SEAPORT: readonly Marketplace[] = [
  seaport('1.1', '0x00000000006c3852cbef3e08e8df289169ede581'),
  seaport('1.2', '0x00000000000006c7676171937c444f6bde3d6282'),
  seaport('1.3', '0x0000000000000ad24e80fd803c6ac37206a45f15'),
  seaport('1.4', '0x00000000000001ad428e4906ae43d8f9852d0dd6'),
  seaport('1.5', '0x00000000000000adc04c56bf30ac9d3c0aaf14dc'),
  seaport('1.6', '0x0000000000000068f116a894984e2db1123eb395'),
]

/** Market contracts that are the same on every EVM chain. To add a marketplace: a row here, and its parser (docs/adding-a-marketplace.md). */
export const EVM_MARKETPLACES: readonly Marketplace[] = [
  ...SEAPORT,
  { address: '0xfdb42a198a932c8d3b506ffa5e855bc4b348a712', name: 'sequence', protocol: 'sequence', version: '2' },
]
