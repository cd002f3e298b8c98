import { describe, expect, test } from 'vitest'
import type { Fact } from '../../../src/core/events.js'
import { parseEvm } from '../../../src/ingest/evm/parse.js'
import { recordedEvents } from '../../evm/recordedEvents.js'
import { evmRecording, evmRecordingNames } from '../../support/mainnet.js'
import { rawEvents, replayAdapter } from '../../support/replay/adapter.js'
import { recordedChain } from '../../support/replay/recorded.js'
import { type Replay, startReplay } from '../../support/replay/server.js'

const withLogs = evmRecordingNames().filter((name) => evmRecording(name).logs.length > 0)

describe('CT3 golden decode: what a node serves becomes the facts that were established, block by block', () => {
  test.each(withLogs)('%s', async (name) => {
    const recording = evmRecording(name)
    const chain = recordedChain([recording])
    await using replay = await disposable(startReplay(chain))
    const adapter = replayAdapter([replay.url], { chainId: recording.chainId })
    const facts: Fact[] = []
    for (const { number } of chain.withLogs) {
      const { facts: more, failures } = adapter.parse(rawEvents(await adapter.block(number)))
      expect(failures).toEqual([])
      facts.push(...more)
    }
    await adapter.close()
    // Ids too: they are the same whether the node filtered the logs or all of them were read.
    expect(facts).toEqual(parseEvm(recordedEvents(recording)).facts)
  })

  test.each(['eth-blocks-14000004-14000012.json', 'polygon-blocks-9013765-9013767.json'])(
    '%s: a range gives the same blocks as reading them one by one',
    async (name) => {
      const recording = evmRecording(name)
      const chain = recordedChain([recording])
      await using replay = await disposable(startReplay(chain))
      const adapter = replayAdapter([replay.url], { chainId: recording.chainId })
      const numbers = recording.blocks.map(({ number }) => Number(number))
      const [from, to] = [Math.min(...numbers), Math.max(...numbers)]
      const single = await Promise.all(numbers.map((number) => adapter.block(number)))
      const range = await adapter.range(from, to)
      await adapter.close()
      expect(range.blocks).toEqual(single.filter(({ events }) => events.length > 0))
      expect(range.last).toEqual(single.at(-1)?.header)
    },
  )
})

async function disposable(starting: Promise<Replay>): Promise<Replay & AsyncDisposable> {
  const replay = await starting
  return { ...replay, [Symbol.asyncDispose]: () => replay.close() }
}
