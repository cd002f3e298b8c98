import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { recordRange } from '../../src/ingest/evm/record.js'
import { evmRecording } from '../support/mainnet.js'
import { startReplay } from '../support/replay/server.js'
import { devnet, temporaryFolder } from './devnets.js'
import { scenario } from './scenario.js'

const FIXTURE = '../fixtures/devnet-polygon.json'

test('recording the scenario anew gives the fixture, byte for byte: chain, recorder and parser are as they were', async () => {
  const dir = await temporaryFolder()
  const net = await devnet(path.join(dir, 'chain'))
  for (const actions of scenario(net.contracts, net.accounts)) await net.mine(actions)
  const out = path.join(dir, 'recording.json')
  const { blocks, counts } = await recordRange({
    ...{ rpcUrl: net.rpcUrl, network: 'polygon', from: 1, to: net.head().number, out },
    source: 'the development chain: tests/devnet/scenario.ts',
  })
  expect(blocks).toBe(29)
  expect(counts).toEqual({ mint: 10, transfer: 11, burn: 5, sale: 0, cancel: 0, logs: 24, logsIgnored: 3 })
  const text = await readFile(out, 'utf8')
  expect(text.length).toBeLessThan(60_000)
  await expect(text).toMatchFileSnapshot(FIXTURE)
})

test('a range that is none is refused by name', async () => {
  const options = { rpcUrl: 'http://127.0.0.1:1', network: 'polygon', out: '/dev/null' }
  await expect(recordRange({ ...options, from: 5, to: 4 })).rejects.toThrow('blocks 5 to 4 are no range')
})

test('recording real blocks gives the recording that was established without our parser', async () => {
  const real = evmRecording('eth-blocks-14000004-14000012.json')
  const replay = await startReplay([real])
  onTestFinished(() => replay.close())
  const out = path.join(await temporaryFolder(), 'recording.json')
  const range = { from: 14_000_004, to: 14_000_012 }
  await recordRange({ rpcUrl: replay.url, network: 'ethereum', ...range, out })
  const recorded: unknown = JSON.parse(await readFile(out, 'utf8'))
  expect(recorded).toMatchObject({
    chainId: 1,
    blocks: real.blocks
      .slice(-9)
      .map(({ number, hash, parentHash, timestamp }) => ({ number, hash, parentHash, timestamp })),
    logs: real.logs,
    expect: real.expect.filter(({ kind }) => kind !== 'ignored'),
    expectCounts: real.expectCounts,
    expectState: real.expectState,
  })
})
