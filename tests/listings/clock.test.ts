import { expect, onTestFinished, test, vi } from 'vitest'
import { FtError } from '../../src/core/errors.js'
import { keepReading } from '../../src/ingest/listings/read.js'
import type { ListingSource } from '../../src/ingest/listings/source.js'
import { Recorder } from '../support/recorder.js'

test('a clock that goes back in the middle of a round does not put off the next one', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const failed = async (): Promise<never> => {
    vi.setSystemTime(Date.now() - 86_400_000)
    throw new FtError('rpc_transient', 'planned')
  }
  const source: ListingSource = {
    ...{ name: 'opensea', scopes: ['things'], contracts: failed, close: () => Promise.resolve() },
    pages: () => {
      throw new Error('not reached')
    },
  }
  const store = { begin: failed, keep: failed, finish: failed }
  const rounds = new Recorder<string>()
  const stop = new AbortController()
  const options = {
    source,
    store,
    everyMs: 10,
    onRead: () => undefined,
    onFailure: (scope: string) => rounds.add(scope),
  }
  const reading = keepReading(options, stop.signal)
  await rounds.count(2)
  stop.abort()
  await reading
  expect(rounds.events).toEqual(['things', 'things'])
})
