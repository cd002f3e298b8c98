import { describe, expect, test } from 'vitest'
import { providerError } from './limits.js'

const alchemy =
  'Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the response size, or you can request any block range with a cap of 10K logs in the response. Based on your parameters and the response size limit, this block range should work: [0x1000, 0x10ff]'
const alchemyFree =
  'Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range. Based on your parameters, this block range should work: [0x2, 0xb]. Upgrade to PAYG for expanded block range.'

describe('a limit of eth_getLogs is range_too_large, with the hint that the message holds', () => {
  test.each([
    ['Alchemy', -32602, alchemy, { from: 0x1000, to: 0x10ff }],
    ['Alchemy free', -32600, alchemyFree, { from: 2, to: 11 }],
    [
      'Alchemy without range',
      -32600,
      'You can make eth_getLogs requests with up to a 10 block range.',
      { maxBlocks: 10 },
    ],
    [
      'Infura results',
      -32005,
      'query returned more than 10000 results. Try with this block range [0x64, 0xC8].',
      { from: 100, to: 200 },
    ],
    ['Infura results without range', -32005, 'query returned more than 10000 results', undefined],
    ['Infura range', -32602, 'range 25000 exceeds limit of 10000', { maxBlocks: 10_000 }],
    ['QuickNode', -32614, 'eth_getLogs is limited to a 10,000 range', { maxBlocks: 10_000 }],
    ['QuickNode trial', -32614, 'eth_getLogs is limited to a 5 range', { maxBlocks: 5 }],
    ['Ankr', -32600, 'block range is too wide', undefined],
    ['dRPC', 35, 'ranges over 10000 blocks are not supported on freetier', { maxBlocks: 10_000 }],
    ['publicnode', -32701, 'maximum block range: 50000', { maxBlocks: 50_000 }],
    ['publicnode exceed', -32701, 'exceed maximum block range: 50000', { maxBlocks: 50_000 }],
    ['Chainstack', -32000, 'Block range limit exceeded. See more details at the documentation', undefined],
    [
      'BlockPI',
      -32602,
      'eth_getLogs is limited to 1024 block range. Please check the parameter requirements',
      { maxBlocks: 1_024 },
    ],
    ['BlockPI short', -32602, 'limited to 1024 block', { maxBlocks: 1_024 }],
    ['response size', -32008, 'Response is too big', undefined],
    ['go-ethereum and Bor, of a batch', -32003, 'response too large', undefined],
    ['response size exceeded', -32000, 'response size should not greater than 10000000 bytes', undefined],
    ['query timeout', -32002, 'query timeout exceeded', undefined],
    ['Avalanche', -32000, 'requested too many blocks from 0 to 4096, maximum is set to 2048', { maxBlocks: 2_048 }],
    ['Cronos', -32000, 'maximum [from, to] blocks distance: 2000', { maxBlocks: 2_000 }],
    ['Harmony', -32000, 'GetLogs query must be smaller than size 1024', { maxBlocks: 1_024 }],
    ['Sonic', -32000, 'too wide blocks range, the limit is 100', { maxBlocks: 100 }],
    [
      'Ronin',
      -32602,
      'Invalid params: requested block range 16777217 exceeds the limit of 200; narrow your fromBlock/toBlock',
      { maxBlocks: 200 },
    ],
    [
      'Cloudflare',
      -32047,
      "Invalid eth_getLogs request. 'fromBlock'-'toBlock' range too large. Max range: 800",
      { maxBlocks: 800 },
    ],
    ['thirdweb', -32602, 'Maximum allowed number of requested blocks is 1000', { maxBlocks: 1_000 }],
    ['Coinbase', -32602, 'please limit the query to at most 1,000 blocks', { maxBlocks: 1_000 }],
    ['Blast', -32600, 'the query exceeds the range allowed for your plan (5000 > 500)', { maxBlocks: 500 }],
    ['Arbitrum', -32000, 'logs matched by query exceeds limit of 10000', undefined],
    ['Celo', -32602, 'query exceeds range, retry smaller (max block range 5000, got 90000)', { maxBlocks: 5_000 }],
  ])('%s', (_, code, message, hint) => {
    const error = providerError('node', { method: 'eth_getLogs', ranged: true }, { code, message })
    expect(error.code).toBe('range_too_large')
    expect(error.details['hint']).toEqual(hint)
  })
})

describe('what is not a limit keeps its own meaning', () => {
  test.each([
    ['bare Bor, by hash', 'eth_getLogs', -32000, 'unknown block', 'block_unknown'],
    ['bare Bor, beyond the head', 'eth_getLogs', -32000, 'invalid block range params', 'block_unknown'],
    ['header not found', 'eth_getLogs', -32000, 'header not found', 'block_unknown'],
    ['no finalized block', 'eth_getBlockByNumber', -39001, 'finalized block not found', 'block_unknown'],
    ['rate limit', 'eth_getLogs', 429, 'Your app has exceeded its compute units per second capacity', 'rate_limited'],
    ['request limit', 'eth_blockNumber', -32005, 'daily request count exceeded, request rate limited', 'rate_limited'],
    ['missing method', 'eth_getLogs', -32601, 'the method eth_getLogs does not exist', 'rpc_fatal'],
    ['bad key', 'eth_getLogs', -32000, 'Unauthorized: You must authenticate your request with an API key', 'rpc_fatal'],
    ['unknown trouble', 'eth_getLogs', -32000, 'internal error', 'rpc_transient'],
    ['a timeout over one block', 'eth_getBlockByHash', -32002, 'query timeout exceeded', 'rpc_transient'],
    ['a timeout of another method', 'eth_getBlockByNumber', -32002, 'request timed out', 'rpc_transient'],
  ])('%s', (_, method, code, message, expected) => {
    expect(providerError('node', { method, ranged: method === 'eth_getLogs' }, { code, message }).code).toBe(expected)
  })
})
