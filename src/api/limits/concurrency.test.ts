import { expect, test, vi } from 'vitest'
import { Concurrency } from './concurrency.js'

test('places are limited in all and for each caller, and can be had again once they are given back', () => {
  const reply = { header: vi.fn() } as never
  const exports = new Concurrency({ what: 'exports', inAll: 3, each: 2 })
  const first = exports.enter(reply, 'a')
  exports.enter(reply, 'a')
  expect(() => exports.enter(reply, 'a')).toThrow('you have 2 exports under way')
  const third = exports.enter(reply, 'b')
  expect(() => exports.enter(reply, 'c')).toThrow('3 exports are under way')
  first()
  // again: nothing happens
  first()
  exports.enter(reply, 'c')
  expect(() => exports.enter(reply, 'd')).toThrow('3 exports are under way')
  third()
  exports.enter(reply, 'a')
})
