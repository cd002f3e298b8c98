import { concatHex, encodeAbiParameters, keccak256, padHex, parseAbiParameters, stringToHex } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEvmAdapter } from '../../src/ingest/evm/adapter.js'
import { type Anvil, startAnvil } from './anvil.js'

let anvil: Anvil

beforeAll(async () => {
  anvil = await startAnvil(137)
})
afterAll(async () => {
  await anvil.stop()
})

/** Code that answers every call with these bytes. */
function answering(data: string): string {
  const bytes = data.slice(2)
  const length = (bytes.length / 2).toString(16).padStart(4, '0')
  // PUSH2 length, DUP1, PUSH1 12 (where the data begins), PUSH1 0, CODECOPY, PUSH1 0, RETURN
  return `0x61${length}80600c6000396000f3${bytes}`
}

const text = (value: string): string => encodeAbiParameters(parseAbiParameters('string'), [value])
const word = (value: bigint): string => padHex(`0x${value.toString(16)}`, { size: 32 }).slice(2)

test('a URI is what the contract gives as a text, with the id put in for ERC-1155; whatever else it answers is none', async () => {
  const contracts = [
    ['the text', answering(text('https://a.example/7?x=é')), 'https://a.example/7?x=é'],
    ['an empty text', answering(text('')), null],
    ['nothing', answering('0x'), null],
    ['a word', answering(stringToHex('https://a.example', { size: 32 })), null],
    ['a text that ends too early', answering(`0x${word(32n)}${word(500n)}${'61'.repeat(32)}`), null],
    ['an offset beyond any data', answering(`0x${word(2n ** 255n)}${word(1n)}`), null],
    ['bytes that are no text', answering(`0x${word(32n)}${word(2n)}${'ff61'.padEnd(64, '0')}`), '\ufffda'],
    ['a revert', '0x60006000fd', null],
    ['no code', '0x', null],
  ] as const
  const address = (index: number): string => padHex(`0x${(0xc0de00 + index).toString(16)}`, { size: 20 })
  for (const [index, [, code]] of contracts.entries()) await anvil.rpc('anvil_setCode', address(index), code)
  const units = padHex('0xc0deff', { size: 20 })
  await anvil.rpc('anvil_setCode', units, answering(text('ipfs://x/{id}.json')))
  const adapter = createEvmAdapter({
    network: 'polygon',
    chainId: 137,
    endpoints: [anvil.http],
    contracts: { mode: 'all', deny: [] },
  })
  try {
    const questions = contracts.map((_, index) => ({
      ...{ contract: address(index), tokenId: 2n ** 256n - 1n, standard: 'erc721' as const },
    }))
    const answers = await adapter.metadata([
      ...questions,
      ...(['erc1155', 'erc721'] as const).map((standard) => ({ contract: units, tokenId: 314n, standard })),
    ])
    expect(answers.map((answer) => (answer !== null && 'uri' in answer ? answer.uri : answer))).toEqual([
      ...contracts.map(([, , uri]) => uri),
      `ipfs://x/${(314).toString(16).padStart(64, '0')}.json`,
      'ipfs://x/{id}.json',
    ])
  } finally {
    await adapter.close()
  }
})

/** Code that emits a log of its calldata: topics first, then data. */
const EMITS = {
  1: '0x60203603806020600037600035906000a100',
  2: '0x60403603806040600037600035602035916000a200',
} as const

test('what contracts say of their metadata is what their logs say; what says nothing is passed over', async () => {
  const most = 2n ** 256n - 1n
  const one = padHex('0xe1', { size: 20 })
  const two = padHex('0xe2', { size: 20 })
  await anvil.rpc('anvil_setCode', one, EMITS[1])
  await anvil.rpc('anvil_setCode', two, EMITS[2])
  const [from] = (await anvil.rpc('eth_accounts')) as string[]
  const topic = (signature: string) => keccak256(stringToHex(signature))
  const words = (...values: bigint[]) =>
    concatHex(values.map((value) => padHex(`0x${value.toString(16)}`, { size: 32 })))
  const [update, batch, uri] = [
    'MetadataUpdate(uint256)',
    'BatchMetadataUpdate(uint256,uint256)',
    'URI(string,uint256)',
  ].map(topic)
  const emit = (to: string, ...parts: (string | undefined)[]) =>
    anvil.rpc('eth_sendTransaction', {
      from,
      to,
      data: `0x${parts.map((part) => part?.slice(2)).join('')}`,
      gas: '0x30d40',
    })
  await anvil.rpc('evm_mine')
  await emit(one, update, words(7n))
  await emit(one, batch, words(0n, most))
  await anvil.rpc('evm_mine')
  await emit(two, uri, words(314n), encodeAbiParameters(parseAbiParameters('string'), ['ipfs://x']))
  // indexed, which the standard does not say
  await emit(two, update, words(8n))
  // no id, half a range, a range that ends before it begins, a URI without an indexed id, another event
  await emit(one, update)
  await emit(one, batch, words(1n))
  await emit(one, batch, words(2n, 1n))
  await emit(one, uri, words(64n, 5n))
  await emit(one, topic('Other(uint256)'), words(1n))
  await anvil.rpc('evm_mine')
  const last = Number(await anvil.rpc('eth_blockNumber'))
  const open = (contracts: Parameters<typeof createEvmAdapter>[0]['contracts']) =>
    createEvmAdapter({ network: 'polygon', chainId: 137, endpoints: [anvil.http], contracts })
  const all = open({ mode: 'all', deny: [] })
  const listed = open({ mode: 'list', addresses: [two] })
  try {
    const ofOne = [
      { contract: one, first: 7n, last: 7n },
      { contract: one, first: 0n, last: most },
    ]
    const ofTwo = [
      { contract: two, first: 314n, last: 314n },
      { contract: two, first: 8n, last: 8n },
    ]
    expect(await all.metadataUpdates?.(last - 1, last)).toEqual([...ofOne, ...ofTwo])
    expect(await all.metadataUpdates?.(last - 1, last - 1)).toEqual(ofOne)
    expect(await listed.metadataUpdates?.(last - 1, last)).toEqual(ofTwo)
    await expect(all.metadataUpdates?.(last, last + 1)).rejects.toMatchObject({ code: 'rpc_transient' })
    expect((await all.block(last)).events).toEqual([])
  } finally {
    await all.close()
    await listed.close()
  }
})
