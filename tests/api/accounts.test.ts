import { expect, test } from 'vitest'
import { friendlyAddress } from '../../src/core/address.js'
import { type Body, pages, useApi } from './apiFixture.js'
import { alice, artAsset, artId, carol, GREATEST, item, jewel, nobody, potion } from './seed.js'

/* What accounts hold. */

const api = useApi()
const of = (account: string, network = 'polygon'): string =>
  `/api/v1/networks/${network}/accounts/${encodeURIComponent(account)}/assets`
const ids = (body: Body): string[] => body.data.map((asset: Body) => asset.asset_id)

test('200: everything that the account holds, with how much, by asset id', async () => {
  const { status, body } = await api.get(of(alice))
  expect(status).toBe(200)
  const held = ['0', '2', '10', '11', GREATEST].map(artAsset)
  expect(ids(body)).toEqual([...held, potion].sort())
  expect(body.data.find((asset: Body) => asset.asset_id === potion)).toMatchObject({
    ...{ quantity: '5', standard: 'erc1155', finality_status: 'finalized' },
  })
  const whale = await api.get(of(carol))
  expect(whale.body.data).toMatchObject([{ asset_id: potion, quantity: String(2n ** 200n) }])
})

test('200: pages of two are the same list', async () => {
  const seen = await pages(api, `${of(alice)}?limit=2`)
  expect(ids({ data: seen.flat() })).toEqual(ids((await api.get(of(alice))).body))
})

test('200: an account of TON by every form of its address', async () => {
  for (const form of [item(99), friendlyAddress(item(99), true) ?? '', friendlyAddress(item(99), false) ?? '']) {
    expect(ids((await api.get(of(form, 'ton'))).body)).toEqual([1, 2, 3].map(jewel).sort())
  }
})

test('200: an account that holds nothing has an empty list, as any address is an account', async () => {
  expect((await api.get(of(nobody))).body).toMatchObject({ data: [], next_cursor: null })
})

test('400: an address of another chain, or none, is named', async () => {
  for (const path of [of(item(99)), of('alice'), of(alice, 'ton')]) {
    expect((await api.get(path)).body).toMatchObject({
      ...{ status: 400, code: 'address_invalid', errors: [{ field: 'address', in: 'path' }] },
    })
  }
})

test('404: an unknown network is named', async () => {
  expect((await api.get(of(alice, 'solana'))).body.detail).toContain('"solana"')
})

test('200: what is held of a collection whose events do not tell who holds what says so, wherever it is shown', async () => {
  const shown = async () => {
    const held = (await api.get(of(alice))).body.data
    return [
      (await api.get(`/api/v1/collections/${artId}`)).body.data.derivable,
      (await api.get(`/api/v1/assets/${artAsset(2)}`)).body.data.derivable,
      held.find((asset: Body) => asset.asset_id === artAsset(2)).derivable,
      held.find((asset: Body) => asset.asset_id === potion).derivable,
      (await api.get(`/api/v1/assets/${jewel(1)}`)).body.data.derivable,
    ]
  }
  expect(await shown()).toEqual([true, true, true, true, true])
  await api.owner.query('UPDATE projection.collection_stats SET derivable = false WHERE collection_id = $1', [artId])
  expect(await shown()).toEqual([false, false, false, true, true])
  await api.owner.query('UPDATE projection.collection_stats SET derivable = true WHERE collection_id = $1', [artId])
})
