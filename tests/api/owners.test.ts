import { expect, test } from 'vitest'
import { pages, useApi } from './apiFixture.js'
import { alice, artAsset, bob, carol, games, jewels, PROJECTED, PROJECTED_HASH, potion, unknownId } from './seed.js'

const api = useApi()
const path = `/api/v1/assets/${potion}/owners`

test('200: all holdings by account, quantities as strings, unknown history said', async () => {
  const { status, body } = await api.get(path)
  expect(status).toBe(200)
  expect(body).toEqual({
    data: [
      { account_address: alice, quantity: '5', finality_status: 'finalized' },
      { account_address: bob, quantity: '1', finality_status: 'finalized' },
      { account_address: carol, quantity: (2n ** 200n).toString(), finality_status: 'finalized' },
    ],
    network: 'polygon',
    finality_status: 'finalized',
    block_number: PROJECTED,
    block_hash: PROJECTED_HASH,
    history_complete: false,
    next_cursor: null,
  })
})

test('200: pages of one, until next_cursor is null', async () => {
  const seen = await pages(api, `${path}?limit=1`)
  expect(seen.map((page) => page.map((holding) => holding.account_address))).toEqual([[alice], [bob], [carol]])
})

test('200: the natural key gives the same answer', async () => {
  const byKey = await api.get(`/api/v1/networks/polygon/contracts/${games}/tokens/7/owners`)
  expect(byKey.body).toEqual((await api.get(path)).body)
})

test('200: a known asset without owners has an honest empty list', async () => {
  const { status, body } = await api.get(`/api/v1/assets/${artAsset(3)}/owners`)
  expect(status).toBe(200)
  expect(body).toMatchObject({ data: [], next_cursor: null, history_complete: true, block_number: PROJECTED })
})

test.each(['0', '201', '-1', '1.5', 'x', '', '1&limit=2'])('400: limit=%s is named', async (limit) => {
  const { status, body } = await api.get(`${path}?limit=${limit}`)
  expect(status).toBe(400)
  expect(body).toMatchObject({ code: 'request_invalid', errors: [{ field: 'limit', in: 'query' }] })
})

test('400: a cursor of another asset is refused by name', async () => {
  const { body } = await api.get(`${path}?limit=1`)
  const { status, body: refusal } = await api.get(`/api/v1/assets/${artAsset(2)}/owners?cursor=${body.next_cursor}`)
  expect(status).toBe(400)
  expect(refusal).toMatchObject({ code: 'cursor_invalid', errors: [{ field: 'cursor', in: 'query' }] })
})

test.each([
  `/api/v1/assets/${unknownId}/owners`,
  `/api/v1/networks/polygon/contracts/${games}/tokens/8/owners`,
  `/api/v1/networks/ton/contracts/${jewels}/tokens/8/owners`,
])('404: owners of an unknown asset are not an empty list: %s', async (url) => {
  expect((await api.get(url)).status).toBe(404)
})
