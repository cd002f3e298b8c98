import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startTonDevnet, type TonDevnet } from '../../src/devnet/ton/network.js'
import { createTonAdapter } from '../../src/ingest/ton/adapter.js'
import { parseExactJson } from '../../src/ingest/ton/json.js'
import { methodResult, tonAccount, tonBlock, tonTransaction } from '../../src/ingest/ton/wire.js'
import { contractSchema, exchangeViolations, type JsonSchema, resolve } from './openapi.js'

/*
 * TonAPI's own contract: our schemas ask for nothing that it does not promise; our requests and the development network's answers are
 * what it says.
 */

describe('what is read of an answer is promised by the contract', () => {
  test.each([
    ['BlockchainBlock', tonBlock],
    ['Transaction', tonTransaction],
    ['BlockchainRawAccount', tonAccount],
    ['MethodExecutionResult', methodResult],
  ] as const)('%s', (name, schema) => {
    const ours = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
    expect(unpromised(ours, contractSchema(name), name)).toEqual([])
  })

  test('a field that the contract does not promise is found', () => {
    const ours = z.toJSONSchema(z.object({ hash: z.string(), in_msg: z.object({}), news: z.string() })) as JsonSchema
    expect(unpromised(ours, contractSchema('Transaction'), 'Transaction')).toEqual([
      'Transaction.in_msg: needed, but not promised',
      'Transaction.news: not in the contract',
    ])
  })
})

/** Fields that ours needs and theirs does not promise, or that are of another type. */
function unpromised(ours: JsonSchema, theirs: JsonSchema, path: string): string[] {
  const contract = resolve(theirs)
  if (ours.type === 'array') return unpromised(ours.items ?? {}, contract.items ?? {}, `${path}[]`)
  if (ours.enum !== undefined) {
    const unknown = (contract.enum ?? []).filter((value) => !ours.enum?.includes(value))
    return unknown.map((value) => `${path}: ${String(value)} is not accepted`)
  }
  if (ours.type !== 'object') {
    // `anyOf` is our int64: a number or its digits
    const expected = ours.type ?? 'integer'
    return contract.type === expected ? [] : [`${path}: ${contract.type} in the contract, ${expected} here`]
  }
  return Object.entries(ours.properties ?? {}).flatMap(([name, field]) => {
    const promised = contract.properties?.[name]
    if (promised === undefined) return [`${path}.${name}: not in the contract`]
    const needed = ours.required?.includes(name) === true && contract.required?.includes(name) !== true
    return needed ? [`${path}.${name}: needed, but not promised`] : unpromised(field, promised, `${path}.${name}`)
  })
}

describe('over the wire', () => {
  const quiet = { info: () => undefined, error: () => undefined }
  const wrong: string[] = []
  const paths = new Set<string>()
  let devnet: TonDevnet
  let proxy: Server

  beforeAll(async () => {
    devnet = await startTonDevnet({ dataDir: null, blockTimeMs: null, seed: 8, log: quiet, genesisTime: 1_800_000_000 })
    await devnet.produceActivity(60)
    const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const url = new URL(request.url ?? '', devnet.url)
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(Buffer.from(chunk))
      const method = request.method ?? 'GET'
      const body = method === 'POST' ? { body: Buffer.concat(chunks) } : {}
      const answer = await fetch(url, { method, ...body })
      const text = await answer.text()
      wrong.push(...exchangeViolations(method, url, answer.status, parseExactJson(text)))
      paths.add(`${method} ${url.pathname.replace(/(-1|0):[0-9a-f]{64}/g, 'A').replace(/\(.*\)|\d+/g, 'N')}`)
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
    }
    proxy = createServer((request, response) => void handle(request, response))
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  })

  afterAll(async () => {
    proxy.close()
    await devnet.stop()
  })

  test('every request of the adapter and every answer of the development network is what the contract says', async () => {
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const adapter = createTonAdapter({ network: 'ton', chainId: -239, urls: [url], apiKey: 'key' })
    try {
      await adapter.start()
      const head = await adapter.head()
      await adapter.range(1, head.number)
      await expect(adapter.block(head.number + 1)).rejects.toMatchObject({ code: 'block_unknown' })
      const questions = devnet.holdings().map(({ item }) => ({ contract: item, tokenId: null, account: null }))
      await adapter.holdings(questions, head.number - 5)
    } finally {
      await adapter.close()
    }
    await fetch(`${url}/v2/status`)
    expect([...new Set(wrong)]).toEqual([])
    expect([...paths].sort()).toEqual([
      'GET /vN/blockchain/accounts/A/methods/get_nft_address_by_index',
      'GET /vN/blockchain/accounts/A/methods/get_nft_data',
      'GET /vN/blockchain/accounts/A/transactions',
      'GET /vN/blockchain/blocks/N',
      'GET /vN/blockchain/masterchain-head',
      'GET /vN/blockchain/masterchain/N/blocks',
      'GET /vN/blockchain/masterchain/N/transactions',
      'GET /vN/status',
      'POST /vN/blockchain/accounts/_bulk',
    ])
  })
})
