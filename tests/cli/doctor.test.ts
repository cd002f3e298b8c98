import { expect, test } from 'vitest'
import { z } from 'zod'
import { createTestDatabase } from '../support/database.js'
import { startTestRedis } from '../support/redisServer.js'
import { buildChain } from '../support/replay/chain.js'
import { startReplay } from '../support/replay/server.js'
import { cliHarness } from './harness.js'

const { ft } = cliHarness()
const findings = z.array(
  z.object({ status: z.string(), check: z.string(), detail: z.string(), remedy: z.string().optional() }),
)

/** What it found, as `status check`, with the whole findings. */
async function doctor(env: Record<string, string>) {
  const { code, stdout } = await ft(['doctor', '--json'], env)
  const found = findings.parse(JSON.parse(stdout))
  return { code, found, list: found.map(({ status, check }) => `${status} ${check}`), stdout }
}

test('a database, a Redis and an endpoint that can be used are ok; what is only worse than it could be is a warning', async () => {
  const database = await createTestDatabase()
  const redis = await startTestRedis()
  const node = await startReplay(buildChain([[], []]), { head: 2, finalized: 1 })
  try {
    const { code, found, list } = await doctor({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      POLYGON_RPC_URL: node.url,
    })
    expect(found.filter(({ status }) => status === 'fail')).toEqual([])
    expect(code).toBe(0)
    expect(list).toEqual(
      expect.arrayContaining(['ok database', 'ok sessions', 'ok database role', 'ok schema', 'ok Redis']),
    )
    const buffers = { status: 'warn', check: 'buffers', detail: 'shared_buffers is 128 MB' }
    expect(found).toContainEqual(expect.objectContaining(buffers))
    // the replayed chain is years old
    const endpoint = found.find(({ check }) => check.startsWith('polygon 127.0.0.1'))
    expect(endpoint).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(/chain 137, block 2, finalized 1 behind, getLogs up to \d+ blocks/),
    })
  } finally {
    await node.close()
    await redis.stop()
    await database.drop()
  }
})

test('what cannot be used fails, each on its own with a remedy and without a secret, and the exit code is 1', async () => {
  const empty = await createTestDatabase({ migrated: false })
  const node = await startReplay(buildChain([[], []]), { head: 2, finalized: 1 })
  try {
    const { code, found, list, stdout } = await doctor({
      DATABASE_URL: empty.url,
      REDIS_URL: 'redis://:hidden-word@127.0.0.1:9',
      FT_NETWORKS: 'ethereum',
      ETHEREUM_RPC_URL: `${node.url},http://127.0.0.1:9/key/abcDEF123456789xyz`,
    })
    expect(code).toBe(1)
    expect(list).toEqual(expect.arrayContaining(['warn schema', 'fail Redis', 'fail ethereum 127.0.0.1:9']))
    expect(found.filter(({ detail }) => detail.includes('serves chain 137, not 1'))).toHaveLength(1)
    for (const { status, remedy } of found) if (status !== 'ok') expect(remedy).toBeTruthy()
    expect(stdout).not.toMatch(/hidden-word|abcDEF123456789xyz/)
  } finally {
    await node.close()
    await empty.drop()
  }
})

test('a Redis that answers and takes no writes, its memory or its disk being full, is named in its own words', async () => {
  const redis = await startTestRedis({ args: ['--maxmemory', '1', '--maxmemory-policy', 'noeviction'] })
  try {
    const { code, found } = await doctor({ REDIS_URL: redis.url, POLYGON_RPC_URL: 'http://127.0.0.1:9' })
    const detail = expect.stringMatching(/^OOM /)
    expect(found).toContainEqual({
      ...{ status: 'fail', check: 'Redis writes', detail },
      remedy: expect.stringContaining('room'),
    })
    expect(code).toBe(1)
  } finally {
    await redis.stop()
  }
})

test('a configuration that is not valid is a finding, not a crash', async () => {
  const { code, list } = await doctor({ FT_API_PORT: 'x' })
  expect({ code, list }).toEqual({ code: 1, list: ['fail configuration'] })
})

test('a server that takes no writes, as a standby, is named with what to do', async () => {
  const database = await createTestDatabase()
  try {
    const name = new URL(database.url).pathname.slice(1)
    await database.db.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
    const { code, found } = await doctor({ DATABASE_URL: database.url })
    const finding = found.find(({ check }) => check === 'writes')
    expect({ code, ...finding }).toMatchObject({ code: 1, status: 'fail', remedy: expect.stringContaining('primary') })
  } finally {
    await database.drop()
  }
})

test('an endpoint without old state is a warning where opening balances are asked, and not elsewhere', async () => {
  const node = await startReplay(buildChain([[], []]), { head: 2, finalized: 1 })
  try {
    const env = { DATABASE_URL: 'postgres://127.0.0.1:9/ft', POLYGON_RPC_URL: node.url }
    const warned = { status: 'warn', remedy: expect.stringContaining('POLYGON_OPENING_BALANCES=off') }
    const { found } = await doctor({ ...env, POLYGON_OPENING_BALANCES: 'on' })
    expect(found).toContainEqual(expect.objectContaining(warned))
    expect((await doctor(env)).found).not.toContainEqual(expect.objectContaining(warned))
  } finally {
    await node.close()
  }
})
