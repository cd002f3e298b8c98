import { address } from './hexWords.js'

/*
 * The shape of the measured chain: who and what there is. Everything else follows from the seed.
 */

export const CHAIN_ID = 137
export const ACCOUNTS = 5_000
export const ERC721_COLLECTIONS = 30
export const ERC1155_COLLECTIONS = 20
const ERC20_TOKENS = 3

/** The last of them pays for offers. */
export const erc20Tokens: readonly string[] = Array.from({ length: ERC20_TOKENS }, (_, index) => address(0x20, index))
/** ERC-721 first, then ERC-1155. */
export const collections: readonly string[] = [
  ...Array.from({ length: ERC721_COLLECTIONS }, (_, index) => address(0x72, index)),
  ...Array.from({ length: ERC1155_COLLECTIONS }, (_, index) => address(0x11, index)),
]
export const accounts: readonly string[] = Array.from({ length: ACCOUNTS }, (_, index) => address(0xac, index))
export const SEAPORT_1_6 = '0x0000000000000068f116a894984e2db1123eb395'

/** All contracts that emit, by the number that stored logs name them with: collections, ERC-20 tokens, Seaport. */
export const emitters: readonly string[] = [...collections, ...erc20Tokens, SEAPORT_1_6]
export const SEAPORT_INDEX = emitters.length - 1

export const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
export const TRANSFER_SINGLE = '0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62'
export const TRANSFER_BATCH = '0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb'
export const ORDER_FULFILLED = '0x9d9af8e38d66c62e2c12f0225249fd9d721c54b83f48d9352c97c6cacdcb6f31'

/** What a log can be, by number: its topic0, and how many topics it has. */
export const logKinds = [
  { name: 'erc721', topic0: TRANSFER, topics: 4 },
  { name: 'single', topic0: TRANSFER_SINGLE, topics: 4 },
  { name: 'batch', topic0: TRANSFER_BATCH, topics: 4 },
  { name: 'order', topic0: ORDER_FULFILLED, topics: 3 },
  { name: 'erc20', topic0: TRANSFER, topics: 3 },
] as const
export type LogKind = 0 | 1 | 2 | 3 | 4
export const ERC721 = 0
export const SINGLE = 1
export const BATCH = 2
export const ORDER = 3
export const ERC20 = 4
