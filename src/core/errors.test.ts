import { expect, test } from 'vitest'
import { errorRegistry, FtError, isFtError, messageOf } from './errors.js'

test('an error carries its code, what the code means, the message, the cause and the details', () => {
  const cause = new Error('below')
  const error = new FtError('rate_limited', 'the endpoint asks for 2 s', { cause, details: { delayMs: 2000 } })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'FtError', code: 'rate_limited', details: { delayMs: 2000 } })
  expect(error.message).toBe('the endpoint asks for 2 s')
  expect(error.cause).toBe(cause)
  expect(error.spec).toBe(errorRegistry.rate_limited)
})

test('without options there are no details and no cause, not even an undefined one', () => {
  const error = new FtError('internal', 'planted')
  expect(error.details).toEqual({})
  expect('cause' in error).toBe(false)
})

test('isFtError tells codes apart and knows errors that are not ours', () => {
  const error: unknown = new FtError('not_found', 'planted')
  expect([isFtError(error), isFtError(error, 'not_found'), isFtError(error, 'internal')]).toEqual([true, true, false])
  expect(isFtError(Object.assign(new Error('planted'), { code: 'not_found' }))).toBe(false)
  expect(isFtError(undefined)).toBe(false)
})

test('messageOf has a message for anything that was thrown', () => {
  expect([new FtError('internal', 'ours'), new TypeError('theirs'), 'text', 7, undefined, null].map(messageOf)).toEqual(
    ['ours', 'theirs', 'text', '7', 'undefined', 'null'],
  )
})

test.each(Object.entries(errorRegistry))('%s has a name, a status of HTTP and a text for the public', (code, spec) => {
  expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
  expect(spec.status).toBeGreaterThanOrEqual(400)
  expect(spec.status).toBeLessThan(600)
  expect(spec.title).toMatch(/^[A-Z].*[^.]$/)
})
