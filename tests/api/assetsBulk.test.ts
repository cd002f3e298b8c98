import { expect, test } from 'vitest'
import { useApi } from './apiFixture.js'
import { art, artAsset, item, jewel, jewels, PROJECTED, PROJECTED_HASH, unknownId } from './seed.js'

const api = useApi()
const url = '/api/v1/assets/bulk'
const ask = (assets: unknown) => api.post(url, { assets })

test('200: answers come in the order of the keys, whatever kind of key, twice when asked twice', async () => {
  const { status, body } = await ask([
    { asset_id: artAsset(10) },
    { network: 'ton', contract: jewels, token_id: '1' },
    { network: 'polygon', contract: art.toUpperCase().replace('0X', '0x'), token_id: '0' },
    { network: 'ton', address: item(2) },
    { asset_id: artAsset(10) },
  ])
  expect(status).toBe(200)
  const ids = [artAsset(10), jewel(1), artAsset(0), jewel(2), artAsset(10)]
  expect(body.data.map((entry: { asset_id: string }) => entry.asset_id)).toEqual(ids)
  expect(body.data.map((entry: { asset: { asset_id: string } }) => entry.asset.asset_id)).toEqual(ids)
})

test('200: what is not known is null in its place', async () => {
  const { body } = await ask([
    { asset_id: unknownId },
    { asset_id: artAsset(0) },
    { network: 'ton', contract: jewels, token_id: '999' },
  ])
  expect(body.data).toEqual([
    { asset_id: unknownId, asset: null },
    { asset_id: artAsset(0), asset: expect.objectContaining({ token_id: '0' }) },
    { asset_id: null, asset: null },
  ])
})

test('200: the answer is as final as its least final asset, and names the block of every network', async () => {
  expect((await ask([{ asset_id: artAsset(10) }])).body.finality_status).toBe('finalized')
  const { body } = await ask([{ asset_id: artAsset(10) }, { asset_id: artAsset(11) }])
  expect(body.finality_status).toBe('pending')
  expect(body.blocks).toEqual([
    { network: 'polygon', block_number: PROJECTED, block_hash: PROJECTED_HASH },
    { network: 'ton', block_number: null, block_hash: null },
  ])
})

test('200: that nothing is known is as final as the block of the network that was asked', async () => {
  const finality = async (...assets: unknown[]) => (await ask(assets)).body.finality_status
  const onPolygon = { network: 'polygon', contract: art, token_id: '999' }
  const onTon = { network: 'ton', address: item(999) }
  expect(await finality({ asset_id: artAsset(10) }, { asset_id: unknownId })).toBe('pending')
  expect(await finality(onPolygon)).toBe('pending')
  expect(await finality(onTon)).toBe('pending')
  const set = (values: string) => api.owner.query(`UPDATE projection.network_status SET ${values} WHERE network_id = 1`)
  await set('projected_number = finalized_number')
  try {
    expect(await finality(onPolygon)).toBe('finalized')
    expect(await finality(onPolygon, onTon)).toBe('pending')
    await set(`state = 'disputed'`)
    expect([await finality(onPolygon), await finality({ asset_id: unknownId })]).toEqual(['disputed', 'disputed'])
    expect(await finality(onTon)).toBe('pending')
  } finally {
    await set(`projected_number = ${PROJECTED}, state = 'live'`)
  }
})

test.each([
  [{}, 'assets'],
  [{ assets: [] }, 'at least one'],
  [{ assets: Array.from({ length: 101 }, () => ({ asset_id: unknownId })) }, 'at most 100'],
  [{ assets: [{ asset_id: unknownId }, { asset_id: 'x' }] }, 'assets[1]'],
  [{ assets: [{ network: 'polygon', address: art }] }, 'assets[0].network'],
  ['null', 'body must be a JSON object'],
  [{ assets: [{ network: 'polygon', contract: '0x1', token_id: '1' }] }, 'assets[0].contract'],
  [{ assets: [{ asset_id: unknownId }], more: 1 }, 'more'],
  ['not json', 'JSON'],
])('400: %j is refused with what is wrong', async (body, message) => {
  const { status, text } = await api.post(url, body)
  expect(status).toBe(400)
  expect(text).toContain(message)
})

test('404: an unknown network is named', async () => {
  const { status, text } = await ask([{ network: 'nowhere', address: item(1) }])
  expect(status).toBe(404)
  expect(text).toContain('nowhere')
})

test('405: it is asked by POST', async () => {
  expect((await api.get(url)).status).toBe(405)
})

test('413: a body that is too large is not read', async () => {
  expect((await api.post(url, ' '.repeat(100_000))).status).toBe(413)
})

test('415: a body must be JSON', async () => {
  for (const type of ['text/xml', 'text/plain', 'application/x-www-form-urlencoded'])
    expect((await api.post(url, '{}', { 'content-type': type })).status, type).toBe(415)
})
