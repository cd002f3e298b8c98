import { expect, test } from 'vitest'
import { createLogger } from '../../observability/logger.js'
import { createMetrics } from '../../observability/metrics.js'
import { createContext } from '../context.js'
import { createObserver } from './observer.js'

function polygon() {
  const [config] = createContext({ env: { FT_NETWORKS: 'polygon', POLYGON_RPC_URL: 'http://127.0.0.1:1' } }).config()
    .networks
  if (config === undefined) throw new Error('no network is configured')
  return config
}

function observed() {
  const lines: string[] = []
  const write = (line: string): boolean => {
    lines.push(JSON.parse(line).msg)
    return true
  }
  const log = createLogger({ level: 'info', format: 'json', destination: { write } })
  return { lines, observer: createObserver(polygon(), log, createMetrics(), { write: () => true }) }
}

const at = (number: number) => ({ number, hash: `0x${number}`, time: 0 })

test('a chain whose blocks are final at once is followed: the log has one line for it, not lines per block', () => {
  const { lines, observer } = observed()
  for (let number = 10; number < 20; number += 1) {
    observer.heads({ head: at(number), finalized: at(number), state: 'live' })
    observer.stored({ from: number, to: number }, 3, 'backfill', 0)
  }
  expect(lines).toEqual(['following the head'])
})

test('a stretch of history is told when it is done, and what comes after it is followed', () => {
  const { lines, observer } = observed()
  observer.heads({ head: at(200), finalized: at(190), state: 'backfilling' })
  observer.stored({ from: 0, to: 99 }, 3, 'backfill', 0)
  observer.stored({ from: 100, to: 190 }, 3, 'backfill', 0)
  observer.heads({ head: at(200), finalized: at(190), state: 'live' })
  observer.stored({ from: 191, to: 191 }, 3, 'live', 0)
  expect(lines.at(-2)).toBe('backfill is done')
  expect(lines.at(-1)).toBe('following the head')
})

test('endpoints that contradict each other about what is final are told once, and once when they agree again', () => {
  const { lines, observer } = observed()
  for (const error of [null, new Error('a and b differ'), new Error('a and b differ still'), null, null])
    observer.finality?.(error)
  expect(lines).toEqual([
    'what is final follows from the depth: a and b differ',
    'what is final is what the endpoints say again',
  ])
})
