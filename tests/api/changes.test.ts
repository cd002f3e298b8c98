import { afterEach, beforeAll, expect, test } from 'vitest'
import { addressToBytea, friendlyAddress } from '../../src/core/address.js'
import { useApi } from './apiFixture.js'
import {
  alice,
  artAsset,
  artId,
  bob,
  gamesId,
  item,
  jewel,
  jewelsId,
  PROJECTED,
  PROJECTED_HASH,
  potion,
} from './seed.js'

const api = useApi()
let base = ''
const open: AbortController[] = []

beforeAll(async () => {
  base = await api.api.listen()
})

afterEach(() => {
  for (const controller of open.splice(0)) controller.abort()
})

interface Event {
  readonly event: string
  readonly id: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Follows the stream, and gives the events one by one. */
async function follow(query = '', lastEventId?: string) {
  const controller = new AbortController()
  open.push(controller)
  const response = await fetch(`${base}/api/v1/changes${query}`, {
    signal: controller.signal,
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const events = eventsOf(response)
  return {
    next: async (): Promise<Event> => {
      const { value } = await events.next()
      if (value === undefined) throw new Error('the stream has ended')
      return value
    },
    ended: async () => (await events.next()).done,
  }
}

async function* eventsOf(response: Response): AsyncGenerator<Event, undefined> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]))
      const data = fields.get('data')
      if (data !== undefined)
        yield { event: fields.get('event') ?? '', id: fields.get('id') ?? '', data: JSON.parse(data) }
    }
  }
}

interface Told {
  readonly network?: 'polygon' | 'ton'
  readonly kind?: string
  readonly asset?: string
  readonly collection?: string
  readonly account?: string
  readonly block?: number
  readonly retracts?: number
  /** How many rows before it are there no more. */
  readonly dropped?: number
}

/** Writes a row of the feed as the projector does, and gives its number. */
async function tell({
  network = 'polygon',
  kind = 'changed',
  asset = artAsset(1),
  collection = artId,
  account = alice,
  block = 900,
  retracts,
  dropped = 0,
}: Told = {}) {
  const [row] = await api.owner.query<{ seq: number }>(
    `INSERT INTO projection.changes (network_id, seq, kind, fork, block_number, block_hash, asset_id, collection_id, retracts, accounts, quantities)
     SELECT $7::smallint, coalesce(max(seq), 0) + 1 + $8::integer, $1, 0, $2, '\\x01', $3, $4, $5, ARRAY[$6::bytea], ARRAY[1]
     FROM projection.changes WHERE network_id = $7
     RETURNING seq`,
    [kind, block, asset, collection, retracts ?? null, addressToBytea(account), network === 'ton' ? 2 : 1, dropped],
  )
  await api.owner.query(`SELECT pg_notify('ft_changes', '')`)
  return row?.seq ?? 0
}

test('200: the stream begins with the blocks of the networks, and tells what happens from then on', async () => {
  await tell()
  const stream = await follow()
  const ready = await stream.next()
  expect(ready.event).toBe('ready')
  expect(ready.data['blocks']).toContainEqual({
    network: 'polygon',
    finality_status: 'pending',
    block_number: PROJECTED,
    block_hash: PROJECTED_HASH,
  })
  const seq = await tell({ block: 1005 })
  expect(await stream.next()).toMatchObject({
    event: 'changed',
    id: `polygon:${seq},ton:0`,
    data: {
      change_id: `polygon:${seq}`,
      network: 'polygon',
      asset_id: artAsset(1),
      block_number: 1005,
      finality_status: 'pending',
      holders: [{ account_address: alice, quantity: '1' }],
    },
  })
  const retraction = await tell({ kind: 'retracted', retracts: seq })
  expect(await stream.next()).toMatchObject({
    event: 'retracted',
    data: { change_id: `polygon:${retraction}`, retracts: `polygon:${seq}` },
  })
})

test('200: who comes back with the id of the last event misses nothing and gets nothing twice', async () => {
  const first = await follow()
  const { id } = await first.next()
  const seqs = [await tell(), await tell(), await tell()]
  for (const resumed of [await follow('', id), await follow(`?last_event_id=${id}`)]) {
    expect((await resumed.next()).event).toBe('ready')
    for (const seq of seqs) expect((await resumed.next()).data['change_id']).toBe(`polygon:${seq}`)
    const next = await tell()
    seqs.push(next)
    expect((await resumed.next()).data['change_id']).toBe(`polygon:${next}`)
  }
})

test('200: filters leave out what belongs to other collections, accounts and networks', async () => {
  const byCollection = await follow(`?collection=${gamesId}`)
  const byAccount = await follow(`?account=${bob}`)
  const byNetwork = await follow('?network=ton')
  for (const stream of [byCollection, byAccount, byNetwork]) await stream.next()
  await tell()
  const games = await tell({ asset: potion, collection: gamesId })
  const bobs = await tell({ account: bob })
  expect((await byCollection.next()).data['change_id']).toBe(`polygon:${games}`)
  expect((await byAccount.next()).data['change_id']).toBe(`polygon:${bobs}`)
  const tons = await tell({ network: 'ton', asset: jewel(1), collection: jewelsId, account: item(99) })
  expect((await byNetwork.next()).data['change_id']).toBe(`ton:${tons}`)
})

test('200: who was away for too long, or comes from another feed, is told to begin again', async () => {
  const kept = await tell()
  await api.owner.query('DELETE FROM projection.changes WHERE network_id = 1 AND seq < $1', [kept])
  const { id: now } = await (await follow()).next()
  for (const seq of [0, 999_999_999]) {
    const stream = await follow('', now.replace(/polygon:\d+/, `polygon:${seq}`))
    await stream.next()
    expect(await stream.next()).toMatchObject({ event: 'reset', data: { network: 'polygon', reason: 'expired' } })
    const next = await tell()
    expect((await stream.next()).data['change_id']).toBe(`polygon:${next}`)
  }
})

test('200: who follows one network is not told to begin again because of another', async () => {
  const { id } = await (await follow()).next()
  const stream = await follow('?network=polygon', id.replace(/ton:\d+/, 'ton:999999999'))
  expect((await stream.next()).event).toBe('ready')
  const next = await tell()
  expect((await stream.next()).data['change_id']).toBe(`polygon:${next}`)
})

test('200: where rows were dropped before they were told, live or while somebody catches up, a reset says so', async () => {
  const live = await follow()
  const filtered = await follow(`?account=${bob}`)
  const { id } = await live.next()
  await filtered.next()
  const before = await tell()
  const seq = await tell({ dropped: 3 })
  const resumed = await follow('', id)
  await resumed.next()
  for (const stream of [live, resumed]) {
    expect((await stream.next()).data['change_id']).toBe(`polygon:${before}`)
  }
  for (const stream of [live, resumed, filtered]) {
    expect(await stream.next()).toMatchObject({
      event: 'reset',
      id: expect.stringContaining(`polygon:${seq - 1},`),
      data: { network: 'polygon', reason: 'expired' },
    })
  }
  for (const stream of [live, resumed]) {
    expect(await stream.next()).toMatchObject({ event: 'changed', id: expect.stringContaining(`polygon:${seq},`) })
  }
})

test('200: a reset that takes the place of the one before it is told once', async () => {
  const stream = await follow()
  await stream.next()
  await tell({ kind: 'reset', dropped: 1 })
  const next = await tell()
  expect(await stream.next()).toMatchObject({ event: 'reset', data: { reason: 'bulk' } })
  expect((await stream.next()).data['change_id']).toBe(`polygon:${next}`)
})

test('200: holders on TON are named raw and friendly, as everywhere', async () => {
  const stream = await follow('?network=ton')
  await stream.next()
  const account = `0:${'ab'.repeat(32)}`
  await tell({ network: 'ton', account })
  const { data } = await stream.next()
  expect(data['holders']).toEqual([
    { account_address: account, account_address_friendly: friendlyAddress(account, false), quantity: '1' },
  ])
})

test('200: blocks that were read in bulk are one reset, whatever the filter', async () => {
  const stream = await follow(`?collection=${gamesId}`)
  await stream.next()
  await tell({ kind: 'reset', block: 950 })
  expect(await stream.next()).toMatchObject({ event: 'reset', data: { reason: 'bulk', block_number: 950 } })
})

test('400: an id that is none of this stream is named', async () => {
  const { status, text } = await api.get('/api/v1/changes', 'GET', { 'last-event-id': 'yesterday' })
  expect(status).toBe(400)
  expect(text).toContain('last-event-id')
})

test('429: a caller has so many streams at once, and another one when it has left one', async () => {
  await Promise.all(Array.from({ length: 50 }, async () => await follow()))
  const refused = await fetch(`${base}/api/v1/changes`)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10'])
  expect(await refused.json()).toMatchObject({ code: 'too_many_requests' })
  open.pop()?.abort()
  await expect
    .poll(
      async () => {
        const answer = await fetch(`${base}/api/v1/changes`)
        await answer.body?.cancel()
        return answer.status
      },
      { timeout: 10_000 },
    )
    .toBe(200)
})

test('what cannot be read for a caller that comes back is logged, and the caller is cut off', async () => {
  await api.owner.query('ALTER TABLE projection.changes RENAME COLUMN retracts TO hidden')
  try {
    const stream = await follow('', 'polygon:0')
    const all = async () => {
      for (;;) await stream.next()
    }
    await expect(all()).rejects.toThrow()
    expect(api.log.filter(({ level }) => level === 'error').map(({ message }) => message)).toContainEqual(
      expect.stringContaining('what a caller missed'),
    )
  } finally {
    await api.owner.query('ALTER TABLE projection.changes RENAME COLUMN hidden TO retracts')
  }
})

test('closing the API ends the streams at once', async () => {
  const stream = await follow()
  await stream.next()
  const before = Date.now()
  await api.api.close()
  expect(await stream.ended()).toBe(true)
  expect(Date.now() - before).toBeLessThan(4_000)
})
