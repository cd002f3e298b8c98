import { expect, test } from 'vitest'
import { useApi } from './apiFixture.js'
import { artAsset, PROJECTED_HASH } from './seed.js'

const api = useApi()

test('200: networks say how far they are read, what is final, and whether history is whole', async () => {
  const { status, body } = await api.get('/api/v1/networks')
  expect(status).toBe(200)
  const polygon = body.data.find((network: { network: string }) => network.network === 'polygon')
  expect(polygon).toMatchObject({ chain: 'evm', projected: { number: 1010 }, finalized: { number: 1000 } })
})

test('200: the safe block is told with its hash and time; null where the chain names none', async () => {
  const polygon = (await api.get('/api/v1/networks/polygon')).body.data
  expect(polygon.safe).toEqual({ number: 1004, hash: PROJECTED_HASH, time: polygon.projected.time })
  expect((await api.get('/api/v1/networks/ton')).body.data).toMatchObject({ safe: null })
})

test('200: the list is as final as its least final network, and names the block of each', async () => {
  const { body } = await api.get('/api/v1/networks')
  expect(body.finality_status).toBe('pending')
  expect(body.blocks).toEqual(
    body.data.map(
      ({ network, projected }: { network: string; projected: { number: number; hash: string } | null }) => ({
        ...{ network, block_number: projected?.number ?? null, block_hash: projected?.hash ?? null },
      }),
    ),
  )
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

test('200: one network is what the list says of it, with the block of the answer', async () => {
  const { body } = await api.get('/api/v1/networks/polygon')
  const list = await api.get('/api/v1/networks')
  const listed = list.body.data.find((network: { network: string }) => network.network === 'polygon')
  expect(body).toMatchObject({ network: 'polygon', block_number: 1010 })
  // The age of a block grows between two questions.
  expect({ ...body.data, lag_seconds: 0 }).toEqual({ ...listed, lag_seconds: 0 })
})

test('400: a name that cannot be one, and a parameter that is none', async () => {
  expect((await api.get('/api/v1/networks/NO')).body).toMatchObject({ status: 400, errors: [{ field: 'network' }] })
  expect((await api.get('/api/v1/networks?limit=1')).body).toMatchObject({ status: 400, errors: [{ field: 'limit' }] })
})

test('404: an unknown network', async () => {
  expect((await api.get('/api/v1/networks/nowhere')).status).toBe(404)
})
