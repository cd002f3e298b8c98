import { expect, test } from 'vitest'
import { type Body, pages, useApi } from './apiFixture.js'
import { alice, artAsset, artId, GREATEST, gamesId } from './seed.js'

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
  const seen = await pages(api, `/api/v1/collections/${artId}/assets?limit=2&${FINAL}`)
  expect(seen.map((page) => page.map((asset) => asset.token_id))).toEqual([['0', '2'], ['3', '10'], [GREATEST]])
})

test('200: so do listings, portfolios, lists of collections', async () => {
  const left = async (path: string, name: (row: Body) => string): Promise<(string | undefined)[][]> => {
    const lists = await Promise.all(['pending', 'finalized'].map((wish) => api.get(`${path}?min_finality=${wish}`)))
    return lists.map(({ body }) => body.data.map(name))
  }
  const listings = await left(`/api/v1/collections/${artId}/listings`, (row) => row.token_id)
  expect(listings).toEqual([
    ['2', '0', '10'],
    ['0', '10'],
  ])
  const portfolio = await left(`/api/v1/networks/polygon/accounts/${alice}/assets`, (row) => row.asset_id)
  expect(portfolio[0]).toContain(artAsset(11))
  expect(portfolio[1]).toEqual(portfolio[0]?.filter((id) => id !== artAsset(11)))
  for (const path of ['/api/v1/collections', '/api/v1/networks/polygon/contracts']) {
    const [all, final] = await left(path, (row) => row.collection_id)
    expect(all).toContain(gamesId)
    expect(final).toEqual([artId])
  }
})

test('400: a cursor of all is none of what is final', async () => {
  const path = `/api/v1/networks/polygon/accounts/${alice}/assets`
  const { body } = await api.get(`${path}?limit=1`)
  const { status, body: problem } = await api.get(`${path}?limit=1&${FINAL}&cursor=${body.next_cursor}`)
  expect([status, problem.code]).toEqual([400, 'cursor_invalid'])
})

test.each([
  [`/api/v1/collections/${artId}/assets?sort=price`, 'only for lists by token id'],
  [`/api/v1/collections/${artId}/assets?sort=last_sale`, 'only for lists by token id'],
  [`/api/v1/collections/${artId}/assets?listed=true`, 'only for lists by token id'],
  ['/api/v1/collections?sort=-volume', 'not possible with sort=-volume'],
])('400: %s cannot be had as of what is final', async (path, reason) => {
  const { status, body } = await api.get(`${path}&${FINAL}`)
  expect(status).toBe(400)
  expect(body.errors).toMatchObject([{ field: 'min_finality', in: 'query', detail: expect.stringContaining(reason) }])
})

test('400: another wish is refused', async () => {
  expect((await api.get(`/api/v1/assets/${artAsset(10)}?min_finality=safe`)).status).toBe(400)
})

type Status = { state: string; projected_number: number; finalized_number: number }

/** Asks while the network's status is another one. */
async function whileNetwork(assignment: string, ask: () => Promise<void>): Promise<void> {
  const [before] = await api.owner.query<Status>(
    `SELECT state::text, projected_number, finalized_number FROM projection.network_status WHERE name = 'polygon'`,
  )
  await api.owner.query(`UPDATE projection.network_status SET ${assignment} WHERE name = 'polygon'`)
  try {
    await ask()
  } finally {
    await api.owner.query(
      `UPDATE projection.network_status SET state = $1, projected_number = $2, finalized_number = $3 WHERE name = 'polygon'`,
      [before?.state, before?.projected_number, before?.finalized_number],
    )
  }
}

const lists = [
  `/api/v1/collections/${artId}/assets`,
  `/api/v1/collections/${artId}/listings`,
  `/api/v1/collections/${artId}/activity`,
  `/api/v1/networks/polygon/accounts/${alice}/assets`,
  '/api/v1/networks/polygon/contracts',
]

test.each([
  [
    'above the block that answers are computed at, though the chain calls its height final',
    'projected_number = 0',
    'pending',
  ],
  ['of a disputed network', `state = 'disputed'`, 'disputed'],
  ['of a network that has no finalized block yet', 'finalized_number = NULL', 'pending'],
])('nothing is final %s, neither alone nor in lists', async (_, assignment, expected) => {
  await whileNetwork(assignment, async () => {
    expect((await api.get(`/api/v1/assets/${artAsset(10)}`)).body.finality_status).toBe(expected)
    expect((await api.get(`/api/v1/assets/${artAsset(10)}?${FINAL}`)).status).toBe(404)
    for (const path of lists) {
      const { status, body } = await api.get(`${path}?${FINAL}`)
      expect([path, status, body.data]).toEqual([path, 200, []])
    }
  })
})
