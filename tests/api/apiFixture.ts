import { afterAll, beforeAll, expect } from 'vitest'
import { type Api, createApi } from '../../src/api/app.js'
import type { ApiOptions, ObservedRequest } from '../../src/api/options.js'
import { createPool, type Db } from '../../src/core/db.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { seed } from './seed.js'

export interface LogLine {
  readonly level: 'info' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  /** The parsed body. */
  readonly body: Body
}

/** JSON of any shape: tests compare it, they do not compute with it. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests assert
export type Body = any

export interface RunningApi {
  readonly api: Api
  /** The pool of the API, with its role. */
  readonly pool: Db
  /** Pool of the superuser, for what the pipeline would write. */
  readonly owner: Db
  readonly log: LogLine[]
  readonly observed: ObservedRequest[]
  get(url: string, method?: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  post(url: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  close(): Promise<void>
}

/** The API over a database, with the role and the settings of production, and what it logs and observes. */
export function startApi(url: string, options: Partial<ApiOptions> = {}): Omit<RunningApi, 'owner'> {
  const db = createPool({ url, role: 'ft_api', max: 4, statementTimeoutMs: 5_000 })
  const log: LogLine[] = []
  const observed: ObservedRequest[] = []
  const api = createApi({
    db,
    port: 0,
    log: {
      info: (fields, message) => log.push({ level: 'info', message, fields: { ...fields } }),
      error: (fields, message) => log.push({ level: 'error', message, fields: { ...fields } }),
    },
    observe: (request) => observed.push(request),
    ...options,
  })
  return {
    api,
    pool: db,
    log,
    observed,
    // Any method, also one that light-my-request does not list.
    get: async (url, method = 'GET', headers = {}) =>
      answerOf(await api.app.inject({ url, method: method as 'GET', headers })),
    post: async (url, body, headers = {}) =>
      answerOf(
        await api.app.inject({
          url,
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          payload: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
    close: async () => {
      await api.close()
      await db.end()
    },
  }
}

function answerOf(response: { statusCode: number; headers: Record<string, unknown>; body: string }): Answer {
  const { statusCode: status, headers, body: text } = response
  const isJson = /[/+]json/.test(String(headers['content-type'])) && text !== ''
  return { status, headers, text, body: isJson ? JSON.parse(text) : undefined }
}

/**
 * The pages of a list, from the first one to the one without `next_cursor`. `url` says the limit. A page that has another one behind
 * it is full, the last one is not empty, and no cursor comes twice.
 */
export async function pages({ get }: Pick<RunningApi, 'get'>, url: string): Promise<Body[][]> {
  const limit = Number(new URL(url, 'http://api').searchParams.get('limit'))
  const found: Body[][] = []
  const cursors = new Set<string>()
  for (let next: string | null = ''; next !== null; ) {
    const { status, text, body } = await get(next === '' ? url : `${url}&cursor=${next}`)
    expect(status, text).toBe(200)
    found.push(body.data)
    next = body.next_cursor
    if (next === null) break
    expect(body.data).toHaveLength(limit)
    expect(cursors).not.toContain(next)
    cursors.add(next)
  }
  if (found.length > 1) expect(found.at(-1)).not.toEqual([])
  return found
}

/** A database with the rows of `seed.ts` and the API over it, for all tests of the calling file. */
export function useApi(options: Partial<ApiOptions> = {}): RunningApi {
  let database: TestDatabase | undefined
  let running: ReturnType<typeof startApi> | undefined
  beforeAll(async () => {
    database = await createTestDatabase()
    await seed(database.db)
    running = startApi(database.url, options)
  })
  afterAll(async () => {
    await running?.close()
    await database?.drop()
  })
  const started = () => {
    if (running === undefined || database === undefined) throw new Error('the API exists only while tests run')
    return { ...running, owner: database.db }
  }
  return {
    get api() {
      return started().api
    },
    get pool() {
      return started().pool
    },
    get owner() {
      return started().owner
    },
    get log() {
      return started().log
    },
    get observed() {
      return started().observed
    },
    get: (...request) => started().get(...request),
    post: (...request) => started().post(...request),
    close: () => started().close(),
  }
}
