import { expect, test } from 'vitest'
import { Outages } from './outages.js'

const MINUTE = 60_000

/** Those of one subject, by a clock that the test sets, and what they told. */
function started() {
  const lines: string[] = []
  const clock = { now: 0 }
  const tell =
    (level: string) =>
    ({ err, waiting, failures }: Record<string, unknown>, message: string): void => {
      const who = Array.isArray(waiting) ? ` ${waiting.join(' and ')}: ${err instanceof Error ? err.message : ''}` : ''
      lines.push(`${level} ${message},${who} ${failures}`)
    }
  const log = { debug: () => undefined, info: tell('info'), warn: tell('warn') }
  return { lines, clock, outages: new Outages(log, 'delivery', { everyMs: MINUTE, now: () => clock.now }) }
}

test('an outage is told at its first error, once a minute with the newest error and the number, and at its end', () => {
  const { lines, clock, outages } = started()
  for (; clock.now < 2 * MINUTE; clock.now += 500) outages.failed('a', new Error(`down ${clock.now}`))
  outages.passed('a')
  outages.passed('a')
  expect(lines).toEqual([
    'warn delivery waits for an outage, a: down 0 1',
    'warn delivery waits for an outage, a: down 60000 120',
    'info delivery goes on, 119',
  ])
})

test('those who share it are told of together, and it is over when it is for all of them', () => {
  const { lines, clock, outages } = started()
  outages.failed('a', new Error('down'))
  outages.failed('b', new Error('down'))
  clock.now = MINUTE
  outages.failed('c', new Error('still down'))
  for (const who of ['a', 'b', 'd']) outages.passed(who)
  expect(lines).toEqual([
    'warn delivery waits for an outage, a: down 1',
    'warn delivery waits for an outage, a and b and c: still down 2',
  ])
  outages.passed('c')
  expect(lines.at(-1)).toBe('info delivery goes on, 0')
})

test('what comes and goes has a line of each kind a minute, and no error is left out of the number', () => {
  const { lines, clock, outages } = started()
  for (; clock.now <= MINUTE; clock.now += 1_000) {
    outages.failed('a', new Error('flaps'))
    outages.passed('a')
  }
  expect(lines).toEqual([
    'warn delivery waits for an outage, a: flaps 1',
    'info delivery goes on, 0',
    'warn delivery waits for an outage, a: flaps 60',
    'info delivery goes on, 0',
  ])
})
