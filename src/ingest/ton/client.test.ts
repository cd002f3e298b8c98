import { describe, expect, test } from 'vitest'
import { FtError } from '../../core/errors.js'
import type { Reply } from '../http.js'
import type { Endpoint } from '../resilience.js'
import { tonApi } from './client.js'
import { askItem } from './items.js'
import { readSeqno } from './read.js'
import { Refusals } from './refusals.js'

/*
 * What somebody else's accounts hold decides how an endpoint answers; no such answer may stop the reading.
 */

const account = `0:${'11'.repeat(32)}`
const names = Array.from({ length: 150 }, (_, n) => `0:${n.toString(16).padStart(64, '0')}`)
const endpoint: Endpoint = {
  ...{ name: 'test', url: 'http://test' },
  redact: (text) => text,
  request: (_, work) => work(new AbortController().signal),
}

const reply = (status: number, document: unknown): Reply => ({
  ...{ status, retryAfterMs: undefined, body: JSON.stringify(document) },
})
const tooLong = () => new FtError('rpc_invalid', 'test sent more than 5 bytes', { details: { tooLong: true } })

/** An API that answers as told; `asked` are paths and bodies. */
function apiThat(answer: (path: string, body: string | undefined) => Reply) {
  const asked: string[] = []
  const send = async (url: string | URL, body: string | undefined): Promise<Reply> => {
    asked.push(`${url}`.replace('http://test/v2/blockchain', ''))
    return answer(`${url}`, body)
  }
  return { api: tonApi(endpoint, { send, close: async () => undefined }), asked }
}

const transactionOf = (of: string, lt: number) => ({
  ...{
    hash: lt.toString(16).padStart(64, '0'),
    lt,
    account: { address: of, is_wallet: false },
    success: true,
    utime: 1,
  },
  ...{ orig_status: 'active', end_status: 'active', aborted: false, destroyed: false, out_msgs: [] },
})
const blockOf = (workchain: number, transactions: number) => ({
  ...{ workchain_id: workchain, shard: '8000000000000000', seqno: 5, root_hash: '0'.repeat(64), global_id: -239 },
  ...{ gen_utime: 1, end_lt: 9, tx_quantity: transactions, prev_refs: [] },
})

test('what an endpoint says beside its answer can be stored, whatever it is made of', async () => {
  // PostgreSQL takes neither NUL nor half a character; the cut must not make one.
  const error = `\0${'x'.repeat(198)}\u{1f600}${'y'.repeat(1_000)}`
  const { api } = apiThat(() => reply(404, { error }))
  const answer = await api.method(account, 'get_nft_data')
  const reason = answer.stack === null ? answer.reason : ''
  expect(reason).toMatch(/^x{198}/)
  expect(reason.length).toBeLessThanOrEqual(200)
  expect([...reason].every((one) => one !== '\0' && !/^[\ud800-\udfff]$/.test(one))).toBe(true)
})

describe('the history of an account', () => {
  test.each([
    [404, 'entity not found'],
    [500, 'entity not found'],
  ])('that is not known any more is empty (%i)', async (status, error) => {
    const { api } = apiThat(() => reply(status, { error }))
    expect(await api.history(account, { beforeLt: 9n }, 100)).toEqual([])
  })

  test('that an endpoint fails to tell is not', async () => {
    const { api } = apiThat(() => reply(500, { error: 'out of memory' }))
    await expect(api.history(account, { beforeLt: 9n }, 100)).rejects.toMatchObject({ code: 'rpc_transient' })
  })

  test('that is too long to be read is asked for in shorter pages', async () => {
    const { api, asked } = apiThat((path) => {
      const limit = Number(/limit=(\d+)/.exec(path)?.[1])
      if (limit > 30) throw tooLong()
      return reply(200, { transactions: Array.from({ length: limit }, (_, n) => transactionOf(account, n + 1)) })
    })
    expect(await api.history(account, { afterLt: 0n }, 100)).toHaveLength(25)
    expect(asked.map((path) => path.replace(/.*limit=/, ''))).toEqual(['100', '50', '25'])
    const { api: hopeless } = apiThat(() => {
      throw tooLong()
    })
    await expect(hopeless.history(account, { afterLt: 0n }, 4)).rejects.toMatchObject({ code: 'rpc_invalid' })
  })
})

test('accounts whose states are too long together are asked for in smaller groups, each once', async () => {
  const { api } = apiThat((_, body) => {
    const { account_ids: ids } = JSON.parse(body ?? '') as { account_ids: string[] }
    if (ids.length > 20) throw tooLong()
    return reply(200, { accounts: ids.map((address) => ({ address, status: 'active', last_transaction_lt: 1 })) })
  })
  expect((await api.accounts(names)).map(({ address }) => address)).toEqual(names)
})

test('accounts that make an endpoint fail are found among the others, each of which is read', async () => {
  const poison = [names[3], names[99], names[120]]
  const { api } = apiThat((_, body) => {
    const { account_ids: ids } = JSON.parse(body ?? '') as { account_ids: string[] }
    if (ids.some((id) => poison.includes(id))) return reply(500, { error: 'cannot marshal' })
    return reply(200, { accounts: ids.map((address) => ({ address, status: 'active', last_transaction_lt: 1 })) })
  })
  const unread: string[] = []
  const read = await api.accounts(names, (name) => unread.push(name))
  expect(read.map(({ address }) => address)).toEqual(names.filter((name) => !poison.includes(name)))
  expect(unread.sort()).toEqual(poison.sort())
})

test('accounts on which an endpoint falls silent are looked for once, and cost nothing more for a while', async () => {
  const poison = names[99] ?? ''
  const silence = () => new FtError('rpc_transient', 'test did not answer', { details: { noAnswer: 'timeout' } })
  let now = 0
  const asked: string[][] = []
  const send = async (_: string | URL, body: string | undefined): Promise<Reply> => {
    const { account_ids: ids } = JSON.parse(body ?? '') as { account_ids: string[] }
    asked.push(ids)
    if (ids.includes(poison)) throw silence()
    return reply(200, { accounts: ids.map((address) => ({ address, status: 'active', last_transaction_lt: 1 })) })
  }
  const api = tonApi(endpoint, { send, close: async () => undefined }, new Refusals(1, () => now))
  const read = async () => {
    asked.length = 0
    const unread: string[] = []
    const found = await api.accounts(names, (name) => unread.push(name))
    expect(found.map(({ address }) => address).sort()).toEqual(names.filter((name) => name !== poison).sort())
    expect(unread).toEqual([poison])
  }
  await read()
  await read()
  expect(asked.flat()).not.toContain(poison)
  now += 3_600_000
  await read()
  expect(asked.filter((ids) => ids.includes(poison)).every((ids) => ids.length === 1)).toBe(true)
})

test('a contract that answers more than anybody reads is no item', async () => {
  const { api } = apiThat((path) => {
    if (path.includes('methods')) throw tooLong()
    return reply(200, blockOf(-1, 0))
  })
  expect(await askItem(api, account)).toMatchObject({
    item: null,
    isNft: false,
    reason: expect.stringContaining('more'),
  })
})

test('a seqno whose transactions are too long together is read block by block', async () => {
  const { api } = apiThat((path) => {
    if (path.endsWith('masterchain/5/blocks')) return reply(200, { blocks: [blockOf(-1, 1), blockOf(0, 1)] })
    if (path.endsWith('masterchain/5/transactions')) throw tooLong()
    return reply(200, { transactions: [path.includes('(-1') ? transactionOf(account, 2) : transactionOf(account, 1)] })
  })
  expect((await readSeqno(api, 5, -239)).transactions.map(({ lt }) => lt)).toEqual([1n, 2n])
})
