import { once } from 'node:events'
import { request } from 'node:http'
import { beforeAll, expect, test } from 'vitest'
import { exportLines } from '../../src/api/ownerLines.js'
import { openOwnerExport } from '../../src/api/queries/ownerExport.js'
import { addressToBytea, friendlyAddress } from '../../src/core/address.js'
import { type Body, useApi } from './apiFixture.js'
import { alice, artId, bob, carol, games, gamesId, jewelsId, PROJECTED, PROJECTED_HASH, unknownId } from './seed.js'

const api = useApi({ trustedProxies: ['127.0.0.1'] })
const url = `/api/v1/collections/${gamesId}/owners`
/** Owners of the art collection: more than the sockets between server and caller hold. */
const MANY = 150_000
let base = ''

beforeAll(async () => {
  base = await api.api.listen()
  await api.owner.query(
    `INSERT INTO projection.collection_owners SELECT $1, a, n, q FROM unnest($2::bytea[], $3::int[], $4::numeric[]) AS o (a, n, q)`,
    [gamesId, [alice, bob, carol].map(addressToBytea), [1, 1, 1], [5n, 1n, 2n ** 200n]],
  )
  await api.owner.query(
    `INSERT INTO projection.collection_owners
     SELECT $1, decode(lpad(to_hex(n), 40, '0'), 'hex'), 1, 1 FROM generate_series(1, ${MANY}) AS n`,
    [artId],
  )
})

test('200: owners with what they hold, by account, by id and by contract', async () => {
  const { status, body } = await api.get(url)
  expect(status).toBe(200)
  expect(body).toMatchObject({ finality_status: 'pending', block_number: PROJECTED, block_hash: PROJECTED_HASH })
  expect(body.data).toEqual([
    { account_address: alice, assets: 1, quantity: '5', finality_status: 'pending' },
    { account_address: bob, assets: 1, quantity: '1', finality_status: 'pending' },
    { account_address: carol, assets: 1, quantity: String(2n ** 200n), finality_status: 'pending' },
  ])
  expect((await api.get(`/api/v1/networks/polygon/contracts/${games}/owners`)).body).toEqual(body)
})

test('200: pages follow each other', async () => {
  const first = (await api.get(`${url}?limit=2`)).body
  const second = (await api.get(`${url}?limit=2&cursor=${first.next_cursor}`)).body
  expect([...first.data, ...second.data].map((owner: Body) => owner.account_address)).toEqual([alice, bob, carol])
  expect(second.next_cursor).toBeNull()
})

test('200: the export is one line per owner, with its block first and its end last', async () => {
  const { status, headers, text } = await api.get(`${url}/export`)
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('application/x-ndjson')
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines[0]).toMatchObject({
    collection_id: gamesId,
    network: 'polygon',
    owners: 3,
    block_number: PROJECTED,
    finality_status: 'pending',
  })
  expect(lines.slice(1, -1).map((owner) => owner.quantity)).toEqual(['5', '1', String(2n ** 200n)])
  expect(lines.at(-1)).toEqual({ end: true, rows: 3 })
})

test('an export does not see what changes while it is read', async () => {
  const opened = await openOwnerExport(api.owner, gamesId)
  if (opened === undefined) throw new Error('the collection is known')
  try {
    await api.owner.query(
      'DELETE FROM projection.collection_owners WHERE collection_id = $1 AND account_address = $2',
      [gamesId, addressToBytea(bob)],
    )
    const lines: string[] = []
    for await (const text of exportLines(opened, () => undefined)) lines.push(text)
    expect(lines.join('').trimEnd().split('\n')).toHaveLength(5)
  } finally {
    await opened.close()
  }
})

test('200: an export of TON has friendly addresses too', async () => {
  const account = `0:${'ab'.repeat(32)}`
  await api.owner.query('INSERT INTO projection.collection_owners VALUES ($1, $2, 1, 1)', [
    jewelsId,
    addressToBytea(account),
  ])
  const { text } = await api.get(`/api/v1/collections/${jewelsId}/owners/export`)
  expect(JSON.parse(text.split('\n')[1] ?? '')).toEqual({
    account_address: account,
    account_address_friendly: friendlyAddress(account, false),
    assets: 1,
    quantity: '1',
  })
})

test('a caller that leaves in the middle gives its connection back, and one that reads on gets all', async () => {
  const path = `${base}/api/v1/collections/${artId}/owners/export`
  // More than there are connections in the pool of the API (4), one after the other.
  for (let n = 0; n < 6; n += 1) {
    const call = request(path).end()
    const [response] = await once(call, 'response')
    expect(response.statusCode).toBe(200)
    await once(response, 'data')
    call.destroy()
    await expect
      .poll(
        () =>
          api.owner.query(
            `SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()`,
          ),
        {
          timeout: 10_000,
        },
      )
      .toEqual([])
  }
  const text = await (await fetch(path)).text()
  expect(text.endsWith(`{"end":true,"rows":${MANY}}\n`)).toBe(true)
})

test('429: only so many exports run at once, of one caller and in all, and the others can be had later', async () => {
  const path = `${base}/api/v1/collections/${artId}/owners/export`
  const of = (caller: string) => ({ headers: { 'x-forwarded-for': caller } })
  const first = '2001:db8::1'
  const calls = [first, first, '192.0.2.2', '192.0.2.2'].map((caller) => request(path, of(caller)).end())
  // Nobody reads them: each stands still with its snapshot.
  await Promise.all(calls.map((call) => once(call, 'response')))
  for (const [caller, reason] of [
    ['2001:db8::2', 'you have 2 exports'],
    ['192.0.2.3', '4 exports are under way'],
  ] as const) {
    const refused = await fetch(path, of(caller))
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10'])
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining(reason) })
  }
  for (const call of calls) call.destroy()
  await expect.poll(() => statusOf(path), { timeout: 10_000 }).toBe(200)
})

test('404: what is not known has no owners', async () => {
  for (const path of [`/api/v1/collections/${unknownId}/owners`, `/api/v1/collections/${unknownId}/owners/export`]) {
    expect((await api.get(path)).status).toBe(404)
  }
})

test('405: an export has no HEAD', async () => {
  expect((await api.get(`${url}/export`, 'HEAD')).status).toBe(405)
})

async function statusOf(path: string): Promise<number> {
  const answer = await fetch(path)
  await answer.body?.cancel()
  return answer.status
}
