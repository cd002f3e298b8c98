import { expect, test } from 'vitest'
import { addressToBytea, friendlyAddress } from '../../src/core/address.js'
import { useApi } from './apiFixture.js'
import { art, artId, jewels, jewelsId } from './seed.js'

const api = useApi()

test('a collection of TON is found by every form of its address, and shown raw and friendly', async () => {
  const byId = await api.get(`/api/v1/collections/${jewelsId}`)
  expect(byId.body.data).toMatchObject({ contract: jewels, contract_friendly: friendlyAddress(jewels, true) })
  const bounceable = friendlyAddress(jewels, true) ?? ''
  const forms = [
    jewels.toUpperCase(),
    bounceable,
    bounceable.replaceAll('-', '+').replaceAll('_', '/'),
    friendlyAddress(jewels, false) ?? '',
  ]
  for (const form of forms) {
    const { status, body } = await api.get(`/api/v1/networks/ton/contracts/${encodeURIComponent(form)}`)
    expect([form, status, body.data?.collection_id]).toEqual([form, 200, jewelsId])
  }
})

test('a mistyped friendly address is a 400 that names the parameter and says that the checksum is wrong', async () => {
  const good = friendlyAddress(jewels, true) ?? ''
  const { status, body } = await api.get(
    `/api/v1/networks/ton/contracts/${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`,
  )
  expect(status).toBe(400)
  expect(body).toMatchObject({ code: 'address_invalid', errors: [{ field: 'contract', in: 'path' }] })
  expect(JSON.stringify(body)).toContain('checksum')
})

test('a filter by owner takes a friendly address', async () => {
  const owner = friendlyAddress(`0:${'ab'.repeat(32)}`, false) ?? ''
  expect((await api.get(`/api/v1/collections/${jewelsId}/assets?owner=${owner}`)).status).toBe(200)
})

test('the contracts that settle and price a listing are shown as contracts, its seller as an account', async () => {
  const [market, seller, jetton] = [`0:${'5a'.repeat(32)}`, `0:${'ab'.repeat(32)}`, `0:${'6b'.repeat(32)}`]
  await api.owner.query(
    `INSERT INTO projection.listing_cards (listing_id, collection_id, last_block, network_id, source, marketplace, seller, quantity, market,
       price, currency)
     VALUES (gen_random_uuid(), $1, 50, 2, 'onchain', 'getgems', $2, 1, $3, 7, $4)`,
    [jewelsId, addressToBytea(seller), addressToBytea(market), addressToBytea(jetton)],
  )
  const { body } = await api.get(`/api/v1/collections/${jewelsId}/listings`)
  expect(body.data).toMatchObject([
    {
      market_friendly: friendlyAddress(market, true),
      seller_friendly: friendlyAddress(seller, false),
      currency_friendly: friendlyAddress(jetton, true),
    },
  ])
})

test('addresses of EVM have no friendly form', async () => {
  const { body } = await api.get(`/api/v1/collections/${artId}`)
  expect(body.data).toMatchObject({ contract: art })
  expect(body.data).not.toHaveProperty('contract_friendly')
})
