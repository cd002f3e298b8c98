import { expect, test } from 'vitest'
import { createLogger, type LogDestination, type LoggerOptions } from './logger.js'

/** A destination that keeps what is written. */
function capture(isTTY = false): LogDestination & { readonly lines: string[] } {
  const lines: string[] = []
  return { lines, isTTY, write: (line) => lines.push(line) }
}

function json(write: (log: ReturnType<typeof createLogger>) => void, options: Partial<LoggerOptions> = {}): unknown[] {
  const destination = capture()
  write(createLogger({ level: 'info', format: 'json', destination, ...options }))
  return destination.lines.map((line) => JSON.parse(line) as unknown)
}

test('a line is one JSON object with level, ISO time, fields and message', () => {
  const lines = json((log) => log.child({ task: 'normalize' }).info({ block: 12 }, 'done'))
  expect(lines).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      task: 'normalize',
      block: 12,
      msg: 'done',
    },
  ])
})

test('lines below the level are not written', () => {
  expect(json((log) => log.debug('no'))).toEqual([])
  expect(json((log) => log.fatal('no'), { level: 'silent' })).toEqual([])
})

const KEY = 'Zx9Kq2Lm8Np4Rt6Vw1By3'
const URL_WITH_KEY = `https://rpc.test/v2/${KEY}`

/** An error as a failing client throws it: the key in message, cause, fields and therefore in the stack. */
function failure(): Error {
  const cause = new Error(`connect to ${URL_WITH_KEY} failed`)
  const error = new Error(`request to ${URL_WITH_KEY} failed`, { cause })
  return Object.assign(error, { url: URL_WITH_KEY, request: { headers: { authorization: `Bearer ${KEY}` } } })
}

const writers: [string, (log: ReturnType<typeof createLogger>) => void][] = [
  ['a message', (log) => log.info(`reading ${URL_WITH_KEY}`)],
  ['a message argument', (log) => log.info('reading %s of %o', URL_WITH_KEY, { url: URL_WITH_KEY })],
  ['a field', (log) => log.info({ endpoint: URL_WITH_KEY }, 'x')],
  ['a nested field', (log) => log.info({ a: { b: [{ c: URL_WITH_KEY }] } }, 'x')],
  ['the bindings of a child', (log) => log.child({ endpoint: URL_WITH_KEY }).info('x')],
  ['an error with cause and fields', (log) => log.error(failure())],
  ['an error under err', (log) => log.error({ err: failure() }, 'x')],
  ['errors in an aggregate', (log) => log.error({ err: new AggregateError([failure()], 'all failed') }, 'x')],
  ['headers', (log) => log.info({ headers: { Authorization: KEY, 'x-api-key': KEY, cookie: [KEY] } }, 'x')],
]

test.each(writers)('a key in %s never reaches the output', (_, write) => {
  for (const format of ['json', 'pretty'] as const) {
    const destination = capture()
    write(createLogger({ level: 'info', format, destination }))
    const output = destination.lines.join('')
    expect(output).not.toContain(KEY)
    expect(output).toContain('***')
  }
})

test('the stack of an error stays, with its key masked', () => {
  const [line] = json((log) => log.error(failure()))
  expect(line).toMatchObject({
    err: {
      message: 'request to https://rpc.test/*** failed: connect to https://rpc.test/*** failed',
      stack: expect.stringMatching(/request to https:\/\/rpc\.test\/\*\*\* failed\n\s+at failure/),
    },
  })
})

test('a secret of the configuration is hidden where nothing gives it away', () => {
  const lines = json((log) => log.info({ said: 'the word is open-sesame' }), { secrets: ['open-sesame'] })
  expect(lines).toMatchObject([{ said: 'the word is ***' }])
})

test('auto is pretty in a terminal and JSON elsewhere', () => {
  const terminal = capture(true)
  createLogger({ level: 'info', format: 'auto', destination: terminal }).info({ block: 12 }, 'done')
  expect(terminal.lines.join('')).toMatch(/INFO.*done[\s\S]*block.*12/)
  const pipe = capture()
  createLogger({ level: 'info', format: 'auto', destination: pipe }).info('done')
  expect(JSON.parse(pipe.lines.join(''))).toMatchObject({ msg: 'done' })
})
