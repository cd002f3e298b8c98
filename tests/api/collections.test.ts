import { expect, test } from 'vitest'
import { useApi } from './apiFixture.js'
import {
  alice,
  art,
  artId,
  games,
  gamesId,
  jewels,
  jewelsId,
  PROJECTED,
  PROJECTED_HASH,
  TIME,
  unknownId,
} from './seed.js'

const api = useApi()

test('200: a collection is its numbers beside the block and finality that they were computed at', async () => {
  const { status, body } = await api.get(`/api/v1/collections/${artId}`)
  expect(status).toBe(200)
  expect(body).toEqual({
    data: {
      market: { coverage: { onchain: true, opensea: false }, listed: 0, floors: [], sales: [] },
      collection_id: artId,
      network: 'polygon',
      contract: art,
      standard: 'erc721',
      standard_confidence: 'unconfirmed',
      derivable: true,
      name: 'Art',
      items: 5,
      owners: 2,
      supply: '5',
      is_stub: false,
      history_complete: true,
      data_status: 'ok',
      last_block: 990,
      last_event_at: TIME,
      finality_status: 'finalized',
    },
    network: 'polygon',
    finality_status: 'finalized',
    block_number: PROJECTED,
    block_hash: PROJECTED_HASH,
  })
})

test('200: the contract gives the same answer as the id, on every chain', async () => {
  for (const [network, contract, id] of [
    ['polygon', games, gamesId],
    ['ton', jewels, jewelsId],
  ]) {
    const byContract = await api.get(`/api/v1/networks/${network}/contracts/${contract}`)
    expect(byContract.status).toBe(200)
    expect(byContract.body).toEqual((await api.get(`/api/v1/collections/${id}`)).body)
    expect(byContract.body.data.contract).toBe(contract)
  }
})

test('200: the collections of a network, those with most items first, page by page', async () => {
  const first = await api.get('/api/v1/networks/polygon/contracts?limit=1')
  expect(first.body).toMatchObject({ data: [{ contract: art }], finality_status: 'pending', history_complete: true })
  const second = await api.get(`/api/v1/networks/polygon/contracts?limit=1&cursor=${first.body.next_cursor}`)
  expect(second.body).toMatchObject({ data: [{ contract: games }], next_cursor: null })
})

test.each([
  ['/api/v1/collections/x', 'id'],
  [`/api/v1/collections/${artId}?expand=1`, 'expand'],
  ['/api/v1/networks/polygon/contracts/nft.eth', 'contract'],
  ['/api/v1/networks/polygon/contracts?cursor=e30', 'cursor'],
])('400: %s names %s', async (url, field) => {
  const { status, body } = await api.get(url)
  expect(status).toBe(400)
  expect(body.errors).toMatchObject([{ field }])
})

test.each([
  `/api/v1/collections/${unknownId}`,
  `/api/v1/networks/polygon/contracts/${alice}`,
  '/api/v1/networks/solana/contracts',
])('404: %s', async (url) => {
  expect((await api.get(url)).body).toMatchObject({ code: 'not_found', status: 404 })
})
