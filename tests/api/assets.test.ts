import { expect, test } from 'vitest'
import { putDeadLetters } from '../../src/bus/dlq.js'
import { useApi } from './apiFixture.js'
import {
  alice,
  art,
  artAsset,
  artId,
  GREATEST,
  games,
  gamesId,
  item,
  jewel,
  jewels,
  jewelsId,
  PROJECTED,
  PROJECTED_HASH,
  potion,
  TIME,
  unknownId,
} from './seed.js'

const api = useApi()

test('200: an asset is a card beside the block and finality that it was computed at', async () => {
  const { status, body } = await api.get(`/api/v1/assets/${artAsset(2)}`)
  expect(status).toBe(200)
  expect(body).toEqual({
    data: {
      last_sale: null,
      best_listing: null,
      asset_id: artAsset(2),
      network: 'polygon',
      collection_id: artId,
      contract: art,
      token_id: '2',
      address: null,
      standard: 'erc721',
      owner: alice,
      owners: 1,
      supply: '1',
      is_stub: false,
      metadata: null,
      history_complete: true,
      derivable: true,
      data_status: 'ok',
      last_block: 950,
      last_event_at: TIME,
      finality_status: 'finalized',
    },
    network: 'polygon',
    finality_status: 'finalized',
    block_number: PROJECTED,
    block_hash: PROJECTED_HASH,
  })
})

test('200: an asset whose last event is above the finalized block is pending', async () => {
  const { body } = await api.get(`/api/v1/assets/${artAsset(11)}`)
  expect(body).toMatchObject({ finality_status: 'pending', data: { finality_status: 'pending', last_block: 1005 } })
})

test('200: an asset whose last event is in the finalized block itself is finalized', async () => {
  expect((await api.get(`/api/v1/assets/${potion}`)).body.finality_status).toBe('finalized')
})

test('200: whoever asks for an asset of a contract with an event that could not be read is told, until the letter is resolved', async () => {
  const letter = {
    topic: 'chain.polygon.raw_events',
    group: 'normalizer',
    network: 'polygon',
    key: 'unread',
    payload: {},
  }
  await putDeadLetters(api.owner, [
    { ...letter, code: 'event_undecodable', reason: 'ids and values differ', contract: games },
  ])
  const said = async (path: string) => (await api.get(path)).body.data
  try {
    expect(await said(`/api/v1/assets/${potion}`)).toMatchObject({ data_status: 'quarantined' })
    expect(await said(`/api/v1/collections/${gamesId}`)).toMatchObject({ data_status: 'quarantined' })
    const items = await said(`/api/v1/collections/${gamesId}/assets`)
    expect(new Set(items.map((item: { data_status: string }) => item.data_status))).toEqual(new Set(['quarantined']))
    expect(await said(`/api/v1/assets/${artAsset(2)}`)).toMatchObject({ data_status: 'ok' })
  } finally {
    await api.owner.query(`UPDATE system.dlq SET resolved_at = now() WHERE key = 'unread'`)
  }
  expect(await said(`/api/v1/assets/${potion}`)).toMatchObject({ data_status: 'ok' })
})

test('200: a stub with a history that starts in the middle says both', async () => {
  const { body } = await api.get(`/api/v1/assets/${potion}`)
  expect(body.data).toMatchObject({
    is_stub: true,
    history_complete: false,
    owner: null,
    owners: 3,
    supply: (2n ** 200n + 6n).toString(),
    collection_id: gamesId,
    contract: games,
  })
})

test('200: a burned asset has no owner and no supply', async () => {
  const { body } = await api.get(`/api/v1/assets/${artAsset(3)}`)
  expect(body.data).toMatchObject({ owner: null, owners: 0, supply: '0' })
})

test('200: the natural key gives the same answer as the id, in whatever case the address is written', async () => {
  const byId = await api.get(`/api/v1/assets/${artAsset(GREATEST)}`)
  for (const contract of [art, art.toUpperCase().replace('0X', '0x')]) {
    const byKey = await api.get(`/api/v1/networks/polygon/contracts/${contract}/tokens/${GREATEST}`)
    expect(byKey.status).toBe(200)
    expect(byKey.body).toEqual(byId.body)
  }
})

test('200: an upper-case id is the same id', async () => {
  expect((await api.get(`/api/v1/assets/${artAsset(2).toUpperCase()}`)).body.data.token_id).toBe('2')
})

test('200: on a chain where an asset is a contract of its own, id and natural key lead to it, addresses are canonical', async () => {
  const byId = await api.get(`/api/v1/assets/${jewel(1)}`)
  const byKey = await api.get(`/api/v1/networks/ton/contracts/${jewels}/tokens/1`)
  expect(byKey.body).toEqual(byId.body)
  expect(byId.body).toMatchObject({
    network: 'ton',
    block_number: null,
    block_hash: null,
    finality_status: 'pending',
    data: { address: item(1), contract: jewels, collection_id: jewelsId, owner: item(99), token_id: '1' },
  })
})

test.each([
  ['an id that is no uuid', '/api/v1/assets/42', 'id', 'request_invalid'],
  [
    'a token id with leading zeros',
    `/api/v1/networks/polygon/contracts/${art}/tokens/007`,
    'token_id',
    'request_invalid',
  ],
  ['a negative token id', `/api/v1/networks/polygon/contracts/${art}/tokens/-1`, 'token_id', 'request_invalid'],
  ['a hexadecimal token id', `/api/v1/networks/polygon/contracts/${art}/tokens/0x1`, 'token_id', 'request_invalid'],
  ['2^256', `/api/v1/networks/polygon/contracts/${art}/tokens/${2n ** 256n}`, 'token_id', 'request_invalid'],
  ['a bad contract', '/api/v1/networks/polygon/contracts/0x12/tokens/1', 'contract', 'address_invalid'],
  [
    'an address of another chain',
    `/api/v1/networks/polygon/contracts/${jewels}/tokens/1`,
    'contract',
    'address_invalid',
  ],
  [
    'a network name that cannot be one',
    `/api/v1/networks/a%00b/contracts/${art}/tokens/1`,
    'network',
    'request_invalid',
  ],
  ['an unknown query parameter', `/api/v1/assets/${potion}?owner=x`, 'owner', 'request_invalid'],
])('400: %s is named', async (_, url, field, code) => {
  const { status, body } = await api.get(url)
  expect(status).toBe(400)
  expect(body).toMatchObject({ code, errors: [{ field }] })
})

test.each([
  ['id', `/api/v1/assets/${unknownId}`],
  ['token id', `/api/v1/networks/polygon/contracts/${art}/tokens/99`],
  ['token id where only the index knows', `/api/v1/networks/ton/contracts/${jewels}/tokens/99`],
  ['contract', `/api/v1/networks/polygon/contracts/${alice}/tokens/1`],
  ['network', `/api/v1/networks/solana/contracts/${art}/tokens/1`],
])('404: an unknown %s', async (_, url) => {
  const { status, body } = await api.get(url)
  expect(status).toBe(404)
  expect(body).toMatchObject({ code: 'not_found', status: 404 })
})
