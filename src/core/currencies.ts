import { type ChainKind, NATIVE } from './address.js'

/** The currency that fees are paid in on a network; amounts are integers of 10^-decimals. */
export interface NativeCurrency {
  readonly symbol: string
  readonly decimals: number
}

/** A currency that prices are in. */
export interface Currency extends NativeCurrency {
  /** Canonical token contract; the chain's zero address is its native currency. */
  readonly address: string
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
  10: [
    { symbol: 'WETH', decimals: 18, address: '0x4200000000000000000000000000000000000006' },
    { symbol: 'USDC', decimals: 6, address: '0x0b2c639c533813f4aa9d7837caf62653d097ff85' },
  ],
  137: [
    { symbol: 'WPOL', decimals: 18, address: '0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270' },
    { symbol: 'WETH', decimals: 18, address: '0x7ceb23fd6bc0add59e62ac25578270cff1b9f619' },
    { symbol: 'USDC', decimals: 6, address: '0x3c499c542cef5e3811e1192ce70d8cc03d5c3359' },
    { symbol: 'USDC.e', decimals: 6, address: '0x2791bca1f2de4661ed88a30c99a7a9449aa84174' },
    { symbol: 'USDT', decimals: 6, address: '0xc2132d05d31c914a87c6611c10748aeb04b58e8f' },
    { symbol: 'DAI', decimals: 18, address: '0x8f3cf7ad23cd3cadbd9735aff958023239c6a063' },
  ],
  8453: [
    { symbol: 'WETH', decimals: 18, address: '0x4200000000000000000000000000000000000006' },
    { symbol: 'USDC', decimals: 6, address: '0x833589fcd6edb6e08f4c7c32d4f71b54bda02913' },
  ],
  42161: [
    { symbol: 'WETH', decimals: 18, address: '0x82af49447d8a07e3bd95bd0d56f35241523fbab1' },
    { symbol: 'USDC', decimals: 6, address: '0xaf88d065e77c8cc2239327c5edb3a432268e5831' },
  ],
}

/**
 * The currencies of a network whose decimals are known; `native` is what its configuration says of its own. Prices in any other are shown
 * as they are, in the smallest unit and without decimals: USDC has 6, and a guess of 18 would be wrong by a factor of 10^12.
 */
export function currenciesOf(chain: ChainKind, chainId: number, native: NativeCurrency): readonly Currency[] {
  return [{ ...native, address: NATIVE[chain] }, ...(TOKENS[chainId] ?? [])]
}
