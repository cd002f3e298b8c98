import { expect, test } from 'vitest'
import { type Body, pages, useApi } from './apiFixture.js'
import {
  alice,
  art,
  artId,
  bob,
  GREATEST,
  gamesId,
  item,
  jewel,
  jewelsId,
  nobody,
  PROJECTED,
  potion,
  unknownId,
} from './seed.js'

const api = useApi()
const path = `/api/v1/collections/${artId}/assets`

const items = async (url: string) => (await pages(api, url)).flat()
const tokenIds = (assets: Body[]) => assets.map((asset) => asset.token_id)

test('200: assets by token id as numbers, each with its own finality; the page is as final as its least final item', async () => {
  const { status, body } = await api.get(path)
  expect(status).toBe(200)
  expect(tokenIds(body.data)).toEqual(['0', '2', '3', '10', '11', GREATEST])
  expect(body.data.map((asset: Body) => asset.finality_status)).toEqual([
    ...Array(4).fill('finalized'),
    'pending',
    'finalized',
  ])
  expect(body).toMatchObject({
    network: 'polygon',
    finality_status: 'pending',
    block_number: PROJECTED,
    history_complete: true,
    next_cursor: null,
  })
})

test('200: descending is the reverse', async () => {
  const { body } = await api.get(`${path}?sort=-token_id`)
  expect(tokenIds(body.data)).toEqual([GREATEST, '11', '10', '3', '2', '0'])
})

test.each([1, 2, 4, 5, 6])('200: pages of %i give the whole list once, in both orders', async (limit) => {
  expect(tokenIds(await items(`${path}?sort=token_id&limit=${limit}`))).toEqual(['0', '2', '3', '10', '11', GREATEST])
  expect(tokenIds(await items(`${path}?sort=-token_id&limit=${limit}`))).toEqual([GREATEST, '11', '10', '3', '2', '0'])
})

test.each([1, 2, 3])('200: unknown token ids come last, or first when descending, in pages of %i', async (limit) => {
  const list = `/api/v1/collections/${jewelsId}/assets`
  const unknown = [jewel(2), jewel(3)].sort()
  const ids = (items: Body[]) => items.map((asset) => asset.asset_id)
  expect(ids(await items(`${list}?sort=token_id&limit=${limit}`))).toEqual([jewel(1), ...unknown])
  expect(ids(await items(`${list}?sort=-token_id&limit=${limit}`))).toEqual([...unknown.toReversed(), jewel(1)])
})

test('200: owner= gives what the account holds, of any standard and on any chain', async () => {
  const held = await api.get(`${path}?owner=${alice.toUpperCase().replace('0X', '0x')}`)
  expect(tokenIds(held.body.data)).toEqual(['0', '2', '10', '11', GREATEST])
  expect((await api.get(`/api/v1/collections/${gamesId}/assets?owner=${bob}`)).body.data).toMatchObject([
    { asset_id: potion },
  ])
  expect((await api.get(`/api/v1/collections/${jewelsId}/assets?owner=${item(99)}`)).body.data).toHaveLength(3)
})

test('200: filters and pages go together', async () => {
  expect(tokenIds(await items(`${path}?owner=${alice}&limit=2`))).toEqual(['0', '2', '10', '11', GREATEST])
})

test('200: token_id= gives that asset', async () => {
  expect(tokenIds((await api.get(`${path}?token_id=10`)).body.data)).toEqual(['10'])
})

test('200: nothing found in a known collection is an honest empty list', async () => {
  for (const query of [`owner=${nobody}`, 'token_id=99', `owner=${bob}&token_id=2`]) {
    const { status, body } = await api.get(`${path}?${query}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ data: [], next_cursor: null, history_complete: true, finality_status: 'finalized' })
  }
})

test('200: the contract gives the same list as the id, and their cursors are the same', async () => {
  const byContract = `/api/v1/networks/polygon/contracts/${art}/assets`
  const first = await api.get(`${byContract}?limit=3`)
  expect(first.body).toEqual((await api.get(`${path}?limit=3`)).body)
  expect((await api.get(`${path}?cursor=${first.body.next_cursor}`)).body.data).toHaveLength(3)
})

test('400: a cursor of other filters, another order or another collection is refused by name', async () => {
  const { next_cursor: cursor } = (await api.get(`${path}?limit=1`)).body
  const others = [`${path}?sort=-token_id`, `${path}?owner=${alice}`, `/api/v1/collections/${gamesId}/assets?limit=1`]
  for (const url of others) {
    const { status, body } = await api.get(`${url}&cursor=${cursor}`)
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'cursor_invalid', errors: [{ field: 'cursor' }] })
  }
})

test.each([
  ['sort=colour', 'sort'],
  ['owner=0x12', 'owner'],
  ['token_id=1e3', 'token_id'],
  ['limit=0', 'limit'],
  ['cursor=', 'cursor'],
  ['tokenid=1', 'tokenid'],
])('400: %s is named', async (query, field) => {
  const { status, body } = await api.get(`${path}?${query}`)
  expect(status).toBe(400)
  expect(body.errors).toMatchObject([{ field, in: 'query' }])
})

test('400: several wrong parameters are all named', async () => {
  const { body } = await api.get(`${path}?limit=x&sort=y&a=1&b=2`)
  expect(body.errors.map(({ field }: Body) => field).sort()).toEqual(['a', 'b', 'limit', 'sort'])
})

test('404: assets of an unknown collection are not an empty list', async () => {
  expect((await api.get(`/api/v1/collections/${unknownId}/assets`)).status).toBe(404)
  expect((await api.get(`/api/v1/networks/polygon/contracts/${nobody}/assets`)).status).toBe(404)
})
