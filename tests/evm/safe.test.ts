import { afterEach, expect, test, vi } from 'vitest'
import type { ChainAdapter } from '../../src/ingest/adapter.js'
import type { Attempt } from '../../src/ingest/resilience.js'
import { serve } from '../reorg/chains.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { buildChain, hashOf } from '../support/replay/chain.js'
import type { Fault } from '../support/replay/faults.js'
import type { Replay, ReplayOptions } from '../support/replay/server.js'

/*
 * The block that a node calls safe comes with its head, or not at all: it costs no request, and nothing waits or fails for it.
 */

vi.setConfig({ testTimeout: 30_000 })

const chain = buildChain(Array.from({ length: 20 }, () => []))
const SAFE = { number: 9, hash: chain.block(9)?.hash }

const opened: ChainAdapter[] = []
afterEach(async () => {
  for (const adapter of opened.splice(0)) await adapter.close()
})

/** An adapter of a node, and of a second one that must not be needed. */
async function open(options: ReplayOptions = { safe: 9 }) {
  const node = await serve(chain, { head: 12, ...options })
  const other = await serve(chain, { head: 20 })
  const attempts: Attempt[] = []
  const adapter = replayAdapter([node.url, other.url], {
    timeoutMs: 60_000,
    observe: (attempt) => attempts.push(attempt),
  })
  opened.push(adapter)
  await adapter.start()
  return { node, other, adapter, attempts }
}

const questions = ({ calls }: Replay): number => calls.filter(({ params }) => params[0] === 'safe').length

test('a node that serves the tag names its safe block in the request that reads the head', async () => {
  const { node, adapter, attempts } = await open()
  expect((await adapter.head()).number).toBe(12)
  await expect.poll(() => adapter.head()).toMatchObject({ number: 12, safe: SAFE })
  const before = { attempts: attempts.length, questions: questions(node) }
  node.setHead(13)
  node.setSafe(10)
  expect(await adapter.head()).toMatchObject({ number: 13, safe: { number: 10, hash: chain.block(10)?.hash } })
  expect({ attempts: attempts.length, questions: questions(node) }).toEqual({
    attempts: before.attempts + 1,
    questions: before.questions + 1,
  })
})

test('a node that names none any more gives its head in the same request, and is not asked at the next looks', async () => {
  const { node, adapter, attempts } = await open()
  await expect.poll(() => adapter.head()).toMatchObject({ safe: SAFE })
  node.setSafe(null)
  const before = { attempts: attempts.length, questions: questions(node) }
  for (let look = 1; look <= 5; look += 1) {
    const head = await adapter.head()
    expect(head.number).toBe(12)
    expect(head).not.toHaveProperty('safe')
    expect(attempts).toHaveLength(before.attempts + look)
  }
  expect(questions(node)).toBe(before.questions + 1)
})

const safeIs = (change: (result: unknown) => unknown): Fault => ({
  kind: 'result',
  method: 'eth_getBlockByNumber',
  change: (result, params) => (params[0] === 'safe' ? change(result) : result),
})
const withFields = (more: object) => (result: unknown) => (typeof result === 'object' ? { ...result, ...more } : result)
const refused = { jsonrpc: '2.0', id: null, error: { code: -32602, message: 'invalid argument 0: unknown block tag' } }

const answers: readonly [string, Fault | null][] = [
  ['an error', null],
  ['null', safeIs(() => null)],
  ['a text', safeIs(() => 'safe')],
  ['a block without hash', safeIs(withFields({ hash: null }))],
  ['a block above the head', safeIs(withFields({ number: '0xd' }))],
  ['another block in the place of the head', safeIs(withFields({ number: '0xc', hash: hashOf('x') }))],
  [
    'an error for the whole request',
    { kind: 'envelope', change: (answer) => (Array.isArray(answer) ? refused : answer) },
  ],
]

test.each(answers)(
  'a node that answers the tag with %s is read as before, and not asked at every look',
  async (_, fault) => {
    const { node, other, adapter, attempts } = await open(fault === null ? {} : { safe: 9, chaos: () => fault })
    const before = attempts.length
    expect((await adapter.head()).number).toBe(12)
    await expect.poll(() => attempts.length, { message: 'the tag was asked for' }).toBe(before + 2)
    const asked = other.calls.length
    for (let look = 0; look < 10; look += 1) {
      const head = await adapter.head()
      expect(head.number).toBe(12)
      expect(head).not.toHaveProperty('safe')
    }
    expect(questions(node)).toBe(1)
    expect(other.calls).toHaveLength(asked)
  },
)

const failures: readonly [string, Fault][] = [
  ['an HTTP error', { kind: 'status', status: 500 }],
  ['half an answer', { kind: 'cut' }],
  ['an error for each call', { kind: 'error', code: -32603, message: 'internal error' }],
  ['no answer', { kind: 'hang' }],
]

test.each(failures)('a request with the tag that ends in %s is made without it, of the same node', async (_, fault) => {
  const { node, other, adapter } = await open()
  await expect.poll(() => adapter.head()).toMatchObject({ safe: SAFE })
  const asked = other.calls.length
  node.faults.add(fault)
  const head = await adapter.head()
  expect(head.number).toBe(12)
  expect(head).not.toHaveProperty('safe')
  expect(other.calls).toHaveLength(asked)
  expect(node.faults.left).toBe(0)
})
