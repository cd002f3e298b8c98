import { expect, test } from 'vitest'
import { createContext } from '../../src/cli/context.js'
import { exitCodeOf, explain, reportError } from '../../src/cli/exit.js'
import { type ErrorCode, errorRegistry, FtError } from '../../src/core/errors.js'

function report(error: unknown, env: Record<string, string> = {}) {
  const chunks: string[] = []
  const context = createContext({ env, stderr: { write: (text) => chunks.push(text) } })
  context.config()
  const code = reportError(error, context)
  return { code, text: chunks.join('') }
}

test('what the caller asked wrongly is exit code 2, everything else 1', () => {
  const codes = (Object.keys(errorRegistry) as ErrorCode[]).filter((code) => exitCodeOf(new FtError(code, 'x')) === 2)
  expect(codes).toEqual(['config_invalid', 'request_invalid', 'address_invalid'])
  expect(exitCodeOf(new Error('x'))).toBe(1)
  expect(exitCodeOf('x')).toBe(1)
})

test('an error is one message with its causes, without a stack', () => {
  const error = new FtError('database_unavailable', 'The database cannot be reached', {
    cause: new Error('connect ECONNREFUSED 127.0.0.1:5432'),
  })
  expect(report(error)).toEqual({
    code: 1,
    text: 'ft: The database cannot be reached\n  because: connect ECONNREFUSED 127.0.0.1:5432\n',
  })
})

test('an error that nobody foresaw says how to see where it happened', () => {
  expect(report(new TypeError('x is undefined')).text).toBe(
    'ft: x is undefined\n  FT_LOG_LEVEL=debug shows where it happened\n',
  )
})

test('at log level debug the stack follows', () => {
  expect(report(new FtError('internal', 'broken'), { FT_LOG_LEVEL: 'debug' }).text).toMatch(
    /^ft: broken\nFtError: broken\n\s+at /,
  )
})

test('errors without a message of their own are explained by what they hold', () => {
  const refused = new AggregateError([new Error('refused by ::1'), new Error('refused by 127.0.0.1')])
  expect(explain(refused)).toContain('refused by ::1\n  because: refused by 127.0.0.1')
  expect(explain(new RangeError())).toContain('RangeError')
})

test('neither message nor stack shows a secret, be it of the configuration', () => {
  const error = new Error('GET https://rpc.test/v2/abcDEF123456789xyz failed, key open-sesame')
  const { text } = report(error, { FT_LOG_LEVEL: 'debug', TONAPI_URL: 'https://t.test', TONAPI_KEY: 'open-sesame' })
  expect(text).toContain('GET https://rpc.test/*** failed, key ***')
  expect(text).not.toMatch(/abcDEF123456789xyz|open-sesame/)
})
