import { expect, test } from 'vitest'
import { type Body, useApi } from './apiFixture.js'
import { artAsset, artId, GREATEST, gamesId } from './seed.js'

const api = useApi()
const FINAL = 'min_finality=finalized'

test('200: what is final is answered, with and without the wish', async () => {
  for (const url of [
    `/api/v1/assets/${artAsset(10)}`,
    `/api/v1/assets/${artAsset(10)}/owners`,
    `/api/v1/collections/${artId}`,
  ]) {
    const { status, body } = await api.get(`${url}?${FINAL}`)
    expect({ status, finality: body.finality_status }).toEqual({ status: 200, finality: 'finalized' })
  }
})

test('404: what is pending is not, and the answer says why', async () => {
  for (const url of [
    `/api/v1/assets/${artAsset(11)}`,
    `/api/v1/assets/${artAsset(11)}/owners`,
    `/api/v1/collections/${gamesId}`,
    `/api/v1/collections/${gamesId}/owners`,
  ]) {
    expect((await api.get(`${url}?min_finality=pending`)).status).toBe(200)
    const { status, body } = await api.get(`${url}?${FINAL}`)
    expect(status).toBe(404)
    expect(body.detail).toContain('not final (pending)')
  }
})

test('200: lists of assets leave out what is pending, on every page', async () => {
  const seen: string[] = []
  let cursor = ''
  do {
    const { body } = await api.get(`/api/v1/collections/${artId}/assets?limit=2&${FINAL}${cursor}`)
    seen.push(...body.data.map((asset: Body) => asset.token_id))
    cursor = body.next_cursor === null ? '' : `&cursor=${body.next_cursor}`
  } while (cursor !== '')
  expect(seen).toEqual(['0', '2', '3', '10', GREATEST])
})

test('400: another wish is refused', async () => {
  expect((await api.get(`/api/v1/assets/${artAsset(10)}?min_finality=safe`)).status).toBe(400)
})
