import { quantity } from './hexWords.js'

export interface Header {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  readonly time: number
  readonly bloom: Buffer
  readonly transactions: number
}

const ZERO_HASH = `0x${'0'.repeat(64)}`

/** The JSON text of a block as eth_getBlockByNumber gives it, without its transactions. Fields that nobody reads are zero. */
export function headerJson(header: Header): string {
  return JSON.stringify({
    number: quantity(header.number),
    hash: header.hash,
    parentHash: header.parentHash,
    timestamp: quantity(header.time),
    logsBloom: `0x${header.bloom.toString('hex')}`,
    nonce: '0x0000000000000000',
    ...{ sha3Uncles: ZERO_HASH, mixHash: ZERO_HASH },
    ...{ transactionsRoot: ZERO_HASH, stateRoot: ZERO_HASH, receiptsRoot: ZERO_HASH },
    miner: `0x${'0'.repeat(40)}`,
    ...{ difficulty: '0x1', totalDifficulty: '0x1', extraData: '0x', size: '0x400', baseFeePerGas: '0x1' },
    ...{ gasLimit: '0x1c9c380', gasUsed: quantity(21_000 * header.transactions) },
    ...{ transactions: [], uncles: [] },
  })
}
