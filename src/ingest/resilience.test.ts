import { afterEach, describe, expect, test } from 'vitest'
import { type ErrorCode, FtError } from '../core/errors.js'
import { nameEndpoints } from './endpointNames.js'
import { type Attempt, createEndpoints, type Endpoint, type Endpoints, type EndpointsOptions } from './resilience.js'

const made: Endpoints[] = []

function pool(urls: readonly string[], options: Partial<EndpointsOptions> = {}): Endpoints {
  const backoffMs = { initial: 1, max: 3 }
  const endpoints = createEndpoints({ network: 'polygon', urls, backoffMs, ...options })
  made.push(endpoints)
  return endpoints
}

afterEach(() => {
  for (const endpoints of made.splice(0)) endpoints.close()
})

const three = ['https://a.example/key', 'https://b.example/key', 'https://c.example/key']

/** An operation that fails as the script says, per endpoint, and notes whom it asked. */
function operation(script: Readonly<Record<string, readonly (ErrorCode | FtError)[]>>) {
  const asked: string[] = []
  const left = new Map(Object.entries(script).map(([name, codes]) => [name, [...codes]]))
  return {
    asked,
    run: async ({ name }: Endpoint): Promise<string> => {
      asked.push(name)
      const failure = left.get(name)?.shift()
      if (failure === undefined) return name
      throw failure instanceof FtError ? failure : new FtError(failure, failure)
    },
  }
}

describe('failover', () => {
  test.each(['rpc_transient', 'rpc_invalid', 'block_unknown', 'rate_limited', 'rpc_fatal'] as const)(
    'after %s the next endpoint is asked at once',
    async (code) => {
      const script = operation({ 'a.example': [code] })
      expect(await pool(three).run(script.run)).toBe('b.example')
      expect(script.asked).toEqual(['a.example', 'b.example'])
    },
  )

  test('the endpoint that failed is asked after the others, until it succeeds', async () => {
    const endpoints = pool(three)
    await endpoints.run(operation({ 'a.example': ['rpc_transient'] }).run)
    expect(await endpoints.run(operation({}).run)).toBe('b.example')
    const script = operation({ 'b.example': ['rpc_transient'], 'c.example': ['rpc_transient'] })
    expect(await endpoints.run(script.run)).toBe('a.example')
    expect(await endpoints.run(operation({}).run)).toBe('a.example')
  })

  test('rounds over all endpoints are repeated, and the last error is thrown', async () => {
    const all: readonly ErrorCode[] = Array(9).fill('rpc_transient')
    const script = operation({ 'a.example': all, 'b.example': all, 'c.example': [...all.slice(0, 3), 'rpc_invalid'] })
    await expect(pool(three, { rounds: 4 }).run(script.run)).rejects.toMatchObject({ code: 'rpc_invalid' })
    expect(script.asked).toHaveLength(12)
  })

  test('rpc_fatal rules an endpoint out for the operation', async () => {
    const script = operation({ 'a.example': ['rpc_fatal'], 'b.example': ['rpc_transient'] })
    expect(await pool(three.slice(0, 2)).run(script.run)).toBe('b.example')
    expect(script.asked).toEqual(['a.example', 'b.example', 'b.example'])
    const fatal = operation({ 'a.example': ['rpc_fatal'], 'b.example': ['wrong_chain'] })
    await expect(pool(three.slice(0, 2)).run(fatal.run)).rejects.toMatchObject({ code: 'wrong_chain' })
    expect(fatal.asked).toHaveLength(2)
  })

  test('range_too_large and errors of our own end the operation', async () => {
    const script = operation({ 'a.example': ['range_too_large'] })
    await expect(pool(three).run(script.run)).rejects.toMatchObject({ code: 'range_too_large' })
    const bug = pool(three).run(() => Promise.reject(new TypeError('bug')))
    await expect(bug).rejects.toThrow(TypeError)
  })

  test('a second opinion leaves out the first endpoint', async () => {
    expect(await pool(three).run(operation({}).run, { except: 'a.example' })).toBe('b.example')
    await expect(pool(three.slice(0, 1)).run(operation({}).run, { except: 'a.example' })).rejects.toMatchObject({
      code: 'rpc_transient',
    })
  })
})

describe('rest', () => {
  test('a rate limit is waited for as long as it asks', async () => {
    const limited = new FtError('rate_limited', 'slow down', { details: { retryAfterMs: 80 } })
    const started = performance.now()
    const script = operation({ 'a.example': [limited] })
    expect(await pool(three.slice(0, 1)).run(script.run)).toBe('a.example')
    expect(performance.now() - started).toBeGreaterThanOrEqual(79)
  })

  test.each([2 ** 40, Infinity])(
    'a rate limit that asks for %d ms is waited for, not asked again at once',
    async (ms) => {
      const warnings: string[] = []
      const listen = ({ name }: Error) => warnings.push(name)
      process.on('warning', listen)
      const stop = new AbortController()
      const limited = new FtError('rate_limited', 'slow down', { details: { retryAfterMs: ms } })
      const running = pool(three.slice(0, 1)).run(operation({ 'a.example': [limited] }).run, { signal: stop.signal })
      setTimeout(() => stop.abort(new Error('stopped')), 100)
      await expect(running).rejects.toThrow('stopped')
      process.off('warning', listen)
      // A timer that cannot hold its time fires at once, and again, and again.
      expect(warnings).toEqual([])
    },
  )

  test('after failures in a row an endpoint is left alone, then probed', async () => {
    const endpoints = pool(three.slice(0, 2), { breakAfter: 3, breakMs: 50, rounds: 1 })
    const failing = (name: string) =>
      endpoints.run(operation({ [name]: ['rpc_transient'] }).run, { except: name === 'a.example' ? 'b.example' : '' })
    for (let n = 0; n < 3; n += 1) await expect(failing('a.example')).rejects.toMatchObject({ code: 'rpc_transient' })
    const during = operation({ 'b.example': ['rpc_transient'] })
    await expect(endpoints.run(during.run)).rejects.toMatchObject({ code: 'rpc_transient' })
    expect(during.asked).toEqual(['b.example'])
    const after = operation({})
    expect(await endpoints.run(after.run, { except: 'b.example' })).toBe('a.example')
  })

  test('who asks each endpoint is told of one that is left alone that it may answer later', async () => {
    const endpoints = pool(three.slice(0, 1), { breakAfter: 2, breakMs: 60_000 })
    const script = operation({ 'a.example': ['rpc_transient', 'rpc_transient'] })
    for (let n = 0; n < 3; n += 1) {
      const [result] = await endpoints.each(script.run)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'rpc_transient' } })
    }
    expect(script.asked).toHaveLength(2)
  })

  test('an abort ends waiting at once, with its reason', async () => {
    const stop = new AbortController()
    const limited = new FtError('rate_limited', 'slow down', { details: { retryAfterMs: 60_000 } })
    const running = pool(three.slice(0, 1)).run(operation({ 'a.example': [limited] }).run, { signal: stop.signal })
    setImmediate(() => stop.abort(new Error('stopped')))
    await expect(running).rejects.toThrow('stopped')
  })
})

describe('requests', () => {
  test('every request is reported, with what became of it', async () => {
    const attempts: Attempt[] = []
    const endpoints = pool(three.slice(0, 1), { rounds: 1, observe: (attempt) => attempts.push(attempt) })
    await endpoints.run((endpoint) => endpoint.request('m', async () => 1))
    const failing = endpoints.run((endpoint) =>
      endpoint.request('m', () => Promise.reject(new FtError('rpc_invalid', 'bad'))),
    )
    await expect(failing).rejects.toMatchObject({ code: 'rpc_invalid' })
    expect(attempts.map(({ endpoint, method, outcome }) => [endpoint, method, outcome])).toEqual([
      ['a.example', 'm', 'ok'],
      ['a.example', 'm', 'rpc_invalid'],
    ])
    for (const { seconds } of attempts) expect(seconds).toBeGreaterThanOrEqual(0)
  })

  test('a request that takes too long is rpc_transient', async () => {
    const endpoints = pool(three.slice(0, 1), { rounds: 1, timeoutMs: 10 })
    const forever = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    await expect(endpoints.run((endpoint) => endpoint.request('m', forever))).rejects.toMatchObject({
      code: 'rpc_transient',
      message: 'a.example did not answer m within 10 ms',
    })
  })

  test('no more are under way, and no more start per second, than allowed', async () => {
    const endpoints = pool(three.slice(0, 1), { concurrency: 2, requestsPerSecond: 100 })
    let under = 0
    let most = 0
    const started = performance.now()
    await endpoints.run((endpoint) =>
      Promise.all(
        Array.from({ length: 8 }, () =>
          endpoint.request('m', async () => {
            most = Math.max(most, ++under)
            await new Promise((resolve) => setTimeout(resolve, 25))
            under -= 1
          }),
        ),
      ),
    )
    expect(most).toBe(2)
    expect(performance.now() - started).toBeGreaterThanOrEqual(70)
  })
})

describe('names of endpoints hold no secret', () => {
  test('they are hosts, numbered when they repeat', () => {
    const urls = [
      'https://user:pass@a.example/v2/k3yk3yk3y',
      'https://a.example/x?token=t0kent0ken',
      'http://[::1]:8545',
    ]
    const named = nameEndpoints('polygon', urls)
    expect(named.map(({ name }) => name)).toEqual(['a.example', 'a.example#2', '[::1]:8545'])
    expect(named[0]?.redact('user pass k3yk3yk3y v2')).toBe('*** *** *** v2')
    expect(named[1]?.redact('bad t0kent0ken')).toBe('bad ***')
  })

  test('a malformed URL is refused without being repeated', () => {
    expect(() => nameEndpoints('polygon', ['https//secret-key'])).toThrow(/^endpoint 1 of polygon is not a URL/)
    expect(() => nameEndpoints('polygon', [])).toThrow('polygon has no endpoint')
  })
})
