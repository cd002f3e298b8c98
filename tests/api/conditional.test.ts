import { expect, test } from 'vitest'
import { useApi } from './apiFixture.js'
import { artAsset, FINALIZED, PROJECTED } from './seed.js'

const api = useApi()
const final = `/api/v1/assets/${artAsset(10)}`
const pending = `/api/v1/assets/${artAsset(11)}`

async function tagOf(url: string): Promise<string> {
  return String((await api.get(url)).headers['etag'])
}

async function moveTo(projected: number, finalized: number): Promise<void> {
  await api.owner.query(
    'UPDATE projection.network_status SET projected_number = $1, finalized_number = $2 WHERE network_id = 1',
    [projected, finalized],
  )
}

test('304: who has the answer gets none, by weak comparison, in a list, and with *', async () => {
  const tag = await tagOf(final)
  expect(tag).toMatch(/^W\/"[\w-]{27}"$/)
  for (const header of [tag, tag.slice(2), `"other", ${tag}`, '*']) {
    const { status, text, headers } = await api.get(final, 'GET', { 'if-none-match': header })
    expect({ status, text, tag: headers['etag'] }).toEqual({ status: 304, text: '', tag })
  }
  expect((await api.get(final, 'HEAD', { 'if-none-match': tag })).status).toBe(304)
})

test('200: another tag is answered in full', async () => {
  expect((await api.get(final, 'GET', { 'if-none-match': '"other"' })).status).toBe(200)
})

test('a final answer keeps its tag while blocks pass; a pending one does not, and becoming final is a change', async () => {
  const before = { final: await tagOf(final), pending: await tagOf(pending) }
  try {
    await moveTo(PROJECTED + 1, FINALIZED)
    expect(await tagOf(final)).toBe(before.final)
    const moved = await tagOf(pending)
    expect(moved).not.toBe(before.pending)
    await moveTo(PROJECTED + 1, PROJECTED)
    expect(await tagOf(pending)).not.toBe(moved)
  } finally {
    await moveTo(PROJECTED, FINALIZED)
  }
})

test('a final list of several networks keeps its tag, too', async () => {
  const list = '/api/v1/collections?network=polygon'
  try {
    await moveTo(PROJECTED, PROJECTED)
    const before = await tagOf(list)
    await moveTo(PROJECTED + 1, PROJECTED + 1)
    expect(await tagOf(list)).toBe(before)
    await moveTo(PROJECTED + 2, PROJECTED + 1)
    expect(await tagOf(list)).not.toBe(before)
  } finally {
    await moveTo(PROJECTED, FINALIZED)
  }
})

test('what must not be kept, and errors, have no tag', async () => {
  for (const url of ['/health', '/api/v1/assets/nonsense']) expect((await api.get(url)).headers['etag']).toBeUndefined()
})
