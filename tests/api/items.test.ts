import { beforeAll, expect, test } from 'vitest'
import { friendlyAddress } from '../../src/core/address.js'
import { itemAssetId } from '../../src/core/ids.js'
import { useApi } from './apiFixture.js'
import { insertAsset, item, jewel, jewelsId } from './seed.js'

/* Assets that are contracts of their own (TON), under their own address. */

const api = useApi()
const lonely = item(77)
const of = (address: string): string => `/api/v1/networks/ton/items/${encodeURIComponent(address)}`

beforeAll(async () => {
  await insertAsset(api.owner, {
    ...{
      id: itemAssetId('ton', lonely),
      collection: null,
      tokenId: null,
      lastBlock: 60,
      network: 2,
      standard: 'tep62',
    },
    ...{ address: lonely, holders: { [item(99)]: 1n } },
  })
})

test('200: an item without a collection, by every form of its address', async () => {
  const id = itemAssetId('ton', lonely)
  for (const form of [
    lonely,
    lonely.toUpperCase(),
    friendlyAddress(lonely, true) ?? '',
    friendlyAddress(lonely, false) ?? '',
  ]) {
    const { status, body } = await api.get(of(form))
    expect([form, status]).toEqual([form, 200])
    expect(body.data).toMatchObject({
      asset_id: id,
      address: lonely,
      collection_id: null,
      contract: null,
      owner: item(99),
    })
  }
  const { body } = await api.post('/api/v1/assets/bulk', { assets: [{ network: 'ton', address: lonely }] })
  expect(body.data[0].asset).toMatchObject({ asset_id: id, collection_id: null })
})

test('200: its owners and its activity', async () => {
  const owners = await api.get(`${of(lonely)}/owners`)
  expect(owners.body.data).toMatchObject([{ account_address: item(99), quantity: '1' }])
  expect((await api.get(`${of(lonely)}/activity`)).body).toMatchObject({ data: [], next_cursor: null })
})

test('200: an item of a collection too', async () => {
  expect((await api.get(of(item(2)))).body.data).toMatchObject({ asset_id: jewel(2), collection_id: jewelsId })
})

test('400: a network whose assets are tokens of contracts says so', async () => {
  const { status, body } = await api.get(`/api/v1/networks/polygon/items/${encodeURIComponent(lonely)}`)
  expect(status).toBe(400)
  expect(body.errors).toMatchObject([{ field: 'network', in: 'path', detail: expect.stringContaining('/tokens/') }])
})

test('400: what is no address is named', async () => {
  expect((await api.get(of('0:12'))).body).toMatchObject({
    code: 'address_invalid',
    errors: [{ field: 'address', in: 'path' }],
  })
})

test('404: nothing is indexed, or no network has the name', async () => {
  for (const path of ['', '/owners', '/activity']) expect((await api.get(`${of(item(78))}${path}`)).status).toBe(404)
  expect((await api.get('/api/v1/networks/none/items/x')).status).toBe(404)
})
