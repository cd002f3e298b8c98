import { expect, test } from 'vitest'
import { table } from './table.js'

test('columns are aligned, numbers to the right, without blanks at the end of a line', () => {
  expect(
    table(
      [
        ['polygon', 12, 'live'],
        ['ton', 1_234n, ''],
      ],
      ['network', 'block', 'state'],
    ),
  ).toBe('network  block  state\npolygon     12  live\nton       1234\n')
})

test('a column with anything but numbers is text', () => {
  expect(
    table([
      ['a', 1],
      ['b', '-'],
    ]),
  ).toBe('a  1\nb  -\n')
})

test('rows may be shorter than others, and there may be none', () => {
  expect(table([['a'], ['b', 'c']])).toBe('a\nb  c\n')
  expect(table([])).toBe('')
  expect(table([], ['network', 'block'])).toBe('network  block\n')
})
