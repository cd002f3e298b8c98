import { toHex } from 'viem'
import { describe, expect, test } from 'vitest'
import { bloomAdd } from './bloom.js'
import { checkLogs } from './logs.js'
import { stateSyncTxHash } from './stateSync.js'
import { TRANSFER } from './topics.js'
import type { WireLog } from './wire.js'

const hash = `0x${'0b'.repeat(32)}`

function logAt(blockNumber: number, txHash: string): WireLog {
  const address = `0x${'aa'.repeat(20)}`
  return {
    address,
    topics: [TRANSFER, hash],
    data: '0x',
    blockNumber,
    blockHash: hash,
    txHash,
    txIndex: 0,
    logIndex: 0,
  }
}

function header(number: number, items: readonly string[]) {
  const bloom = new Uint8Array(256)
  for (const item of items) bloomAdd(bloom, item)
  return { number, hash, parentHash: hash, time: 0, logsBloom: toHex(bloom) }
}

const check =
  (log: WireLog, items: readonly string[], chainId = 137) =>
  () =>
    checkLogs('node', chainId, header(log.blockNumber, items), [log])

describe('a log belongs to a header when its emitter and all its topics are in the bloom', () => {
  const log = logAt(90_000_000, hash)

  test('and not when one of them is missing', () => {
    const items = [log.address, ...log.topics]
    expect(check(log, items)).not.toThrow()
    for (const missing of items) {
      const others = items.filter((item) => item !== missing)
      expect(check(log, others)).toThrow('log 0 of block 90000000 is not in the header')
    }
  })
})

describe('state-sync logs of Polygon are outside the bloom until Madhugiri, and only they', () => {
  const sync = (number: number) => logAt(number, stateSyncTxHash(number, hash))

  test('before the fork they are accepted', () => {
    expect(check(sync(80_084_799), [])).not.toThrow()
  })

  test('from the fork on, on other chains, and under any other hash they are not', () => {
    expect(check(sync(80_084_800), [])).toThrow('bloom')
    expect(check(sync(1_000), [], 1)).toThrow('bloom')
    expect(check(logAt(1_000, stateSyncTxHash(1_001, hash)), [])).toThrow('bloom')
  })
})
