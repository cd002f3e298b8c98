import { EVM_ZERO, TON_ZERO } from './address.js'

/** A currency that prices are in. */
export interface Currency {
  readonly symbol: string
  readonly decimals: number
  /** Canonical token contract; the chain's zero address is its native currency. */
  readonly address: string
}

const NATIVE_EVM: Readonly<Record<number, string>> = {
  1: 'ETH',
  10: 'ETH',
  137: 'POL',
  8453: 'ETH',
  42161: 'ETH',
  80002: 'POL',
}

/** The id of TON's mainnet. */
const TON_MAINNET = -239

/** ERC-20 and jetton contracts as their issuers publish them; decimals as each contract answers. */
const TOKENS: Readonly<Record<number, readonly Currency[]>> = {
  [TON_MAINNET]: [
    { symbol: 'USDT', decimals: 6, address: '0:b113a994b5024a16719f69139328eb759596c38a25f59028b146fecdc3621dfe' },
    { symbol: 'NOT', decimals: 9, address: '0:2f956143c461769579baef2e32cc2d7bc18283f40d20bb03e432cd603ac33ffc' },
  ],
  1: [
    { symbol: 'WETH', decimals: 18, address: '0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2' },
    { symbol: 'USDC', decimals: 6, address: '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48' },
    { symbol: 'USDT', decimals: 6, address: '0xdac17f958d2ee523a2206206994597c13d831ec7' },
    { symbol: 'DAI', decimals: 18, address: '0x6b175474e89094c44da98b954eedeac495271d0f' },
  ],
  137: [
    { symbol: 'WPOL', decimals: 18, address: '0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270' },
    { symbol: 'WETH', decimals: 18, address: '0x7ceb23fd6bc0add59e62ac25578270cff1b9f619' },
    { symbol: 'USDC', decimals: 6, address: '0x3c499c542cef5e3811e1192ce70d8cc03d5c3359' },
    { symbol: 'USDC.e', decimals: 6, address: '0x2791bca1f2de4661ed88a30c99a7a9449aa84174' },
    { symbol: 'USDT', decimals: 6, address: '0xc2132d05d31c914a87c6611c10748aeb04b58e8f' },
    { symbol: 'DAI', decimals: 18, address: '0x8f3cf7ad23cd3cadbd9735aff958023239c6a063' },
  ],
}

/**
 * The currencies of a network whose decimals are known. Prices in any other are shown as they are, in the smallest unit and without
 * decimals: USDC has 6, and a guess of 18 would be wrong by a factor of 10^12.
 */
export function currenciesOf(chain: 'evm' | 'ton', chainId: number): readonly Currency[] {
  const tokens = TOKENS[chainId] ?? []
  if (chain === 'ton') return [{ symbol: 'TON', decimals: 9, address: TON_ZERO }, ...tokens]
  const native = NATIVE_EVM[chainId]
  return native === undefined ? tokens : [{ symbol: native, decimals: 18, address: EVM_ZERO }, ...tokens]
}
