import { expect, test } from 'vitest'
import { useApi } from './apiFixture.js'
import { art, artAsset } from './seed.js'

const api = useApi()

test('200: networks say how far they are read, what is final, and whether history is whole', async () => {
  const { status, body } = await api.get('/api/v1/networks')
  expect(status).toBe(200)
  const polygon = body.data.find((network: { network: string }) => network.network === 'polygon')
  expect(polygon).toMatchObject({ chain: 'evm', projected: { number: 1010 }, finalized: { number: 1000 } })
})

test('200: finality_status follows the network’s state and finalized height in the same answer', async () => {
  const path = `/api/v1/assets/${artAsset(2)}`
  const [row] = await api.owner.query<{ last_block: number }>(
    'SELECT last_block FROM projection.asset_cards WHERE asset_id = $1',
    [artAsset(2)],
  )
  const lastBlock = row?.last_block ?? 0
  const statusWhen = async (finalized: number, state: string): Promise<string> => {
    await api.owner.query(
      `UPDATE projection.network_status SET finalized_number = $1, state = $2 WHERE name = 'polygon'`,
      [finalized, state],
    )
    return (await api.get(path)).body.data.finality_status
  }
  expect(await statusWhen(lastBlock - 1, 'live')).toBe('pending')
  expect(await statusWhen(lastBlock, 'live')).toBe('finalized')
  expect(await statusWhen(lastBlock, 'disputed')).toBe('disputed')
  expect(await statusWhen(1000, 'live')).toMatch(/pending|finalized/)
})

test('200: the natural key gives the same asset as its id', async () => {
  const byKey = await api.get(`/api/v1/networks/polygon/contracts/${art.toUpperCase().replace('0X', '0x')}/tokens/2`)
  const byId = await api.get(`/api/v1/assets/${artAsset(2)}`)
  expect(byKey.status).toBe(200)
  expect(byKey.body.data).toEqual(byId.body.data)
})

test('404: an unknown network; 400: a token id with a leading zero or beyond 256 bits', async () => {
  expect((await api.get('/api/v1/networks/nowhere')).status).toBe(404)
  expect((await api.get(`/api/v1/networks/polygon/contracts/${art}/tokens/01`)).status).toBe(400)
  expect((await api.get(`/api/v1/networks/polygon/contracts/${art}/tokens/${2n ** 256n}`)).status).toBe(400)
})
