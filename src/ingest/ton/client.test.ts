import { describe, expect, test } from 'vitest'
import type { Reply } from '../http.js'
import type { Endpoint } from '../resilience.js'
import { tonApi } from './client.js'

/*
 * What somebody else's accounts hold decides how an endpoint answers; no such answer may stop the reading.
 */

const account = `0:${'11'.repeat(32)}`
const endpoint: Endpoint = {
  ...{ name: 'test', url: 'http://test' },
  redact: (text) => text,
  request: (_, work) => work(new AbortController().signal),
}

const reply = (status: number, document: unknown): Reply => ({
  ...{ status, retryAfterMs: undefined, body: JSON.stringify(document) },
})

/** An API that answers as told; `asked` are paths and bodies. */
function apiThat(answer: (path: string, body: string | undefined) => Reply) {
  const asked: string[] = []
  const send = async (url: string | URL, body: string | undefined): Promise<Reply> => {
    asked.push(`${url}`.replace('http://test/v2/blockchain', ''))
    return answer(`${url}`, body)
  }
  return { api: tonApi(endpoint, { send, close: async () => undefined }), asked }
}

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
})
