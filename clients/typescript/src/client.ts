import { type Operations, operations } from './api.js'
import { type ChangesOptions, followChanges } from './changes.js'
import { errorOf } from './error.js'

export interface ClientOptions {
  /** Where the API is, for example `http://localhost:8080`; behind a proxy with the path that it is under there. */
  readonly url: string
  /** An API key (`ft keys create`), where the server wants one. */
  readonly key?: string
  /** How often a request is sent again that was one too many (429), or that the server had no time for (503). Default 3. */
  readonly retries?: number
  /** Default: the global one. */
  readonly fetch?: typeof fetch
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

type Name = keyof Operations
type Streamed = 'streamChanges' | 'exportCollectionOwners'
/** What may be left out of a call: everything, where nothing is needed. */
type Arguments<T> =
  Record<never, never> extends T ? [input?: T, options?: CallOptions] : [input: T, options?: CallOptions]

/** One function per operation of the API, called as the document calls it. All of them throw `FtApiError`. */
type Calls = {
  readonly [N in Exclude<Name, Streamed>]: (
    ...given: Arguments<Operations[N]['input']>
  ) => Promise<Operations[N]['answer']>
}

/** The operations that answer with pages. */
export type PagedOperation = {
  [N in Name]: Operations[N]['answer'] extends {
    readonly data: readonly unknown[]
    readonly next_cursor: string | null
  }
    ? N
    : never
}[Name]

type ItemOf<N extends PagedOperation> = Operations[N]['answer']['data'][number]

export interface Client extends Calls {
  /** The items of all pages of a list, read as they are asked for. */
  pages<N extends PagedOperation>(
    name: N,
    input: Omit<Operations[N]['input'], 'cursor'>,
    options?: CallOptions,
  ): AsyncGenerator<ItemOf<N>>
  /** Changes as they happen; reconnects where it was (see `followChanges`). */
  changes(options?: ChangesOptions): ReturnType<typeof followChanges>
  /** All owners of a collection as of one block: lines of JSON, the last one says how many there were. */
  exportCollectionOwners(
    input: Operations['exportCollectionOwners']['input'],
    options?: CallOptions,
  ): Promise<ReadableStream<Uint8Array>>
}

/** A client of one server. */
export function createClient(options: ClientOptions): Client {
  const call = async (name: Name, input: object = {}, { signal }: CallOptions = {}): Promise<Response> => {
    const { method, path } = operations[name]
    return await send(options, method, path, new Map(Object.entries(input)), signal)
  }
  const json = async (name: Name, input?: object, callOptions?: CallOptions): Promise<unknown> =>
    await (await call(name, input, callOptions)).json()
  const calls = Object.fromEntries(
    (Object.keys(operations) as Name[]).map((name) => [
      name,
      (input?: object, callOptions?: CallOptions) => json(name, input, callOptions),
    ]),
  ) as Calls
  return {
    ...calls,
    pages: async function* <N extends PagedOperation>(
      name: N,
      input: Omit<Operations[N]['input'], 'cursor'>,
      callOptions?: CallOptions,
    ): AsyncGenerator<ItemOf<N>> {
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = (await json(name, { ...input, cursor }, callOptions)) as Operations[N]['answer']
        yield* page.data as readonly ItemOf<N>[]
        cursor = page.next_cursor
      }
    },
    changes: (changesOptions) =>
      followChanges(async (input, signal) => await call('streamChanges', input, { signal }), changesOptions),
    exportCollectionOwners: async (input, callOptions) => {
      const { body } = await call('exportCollectionOwners', input, callOptions)
      if (body === null) throw new Error('the server answered without a body')
      return body
    },
  }
}

/** Puts the input into path, query and body, and gives the answer when it is a success. */
async function send(
  { url, key, retries = 3, fetch: fetchIt = fetch }: ClientOptions,
  method: 'GET' | 'POST',
  path: string,
  input: Map<string, unknown>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const take = (name: string): string => {
    const value = input.get(name)
    input.delete(name)
    return encodeURIComponent(String(value))
  }
  const target = new URL(url.replace(/\/*$/, '') + path.replaceAll(/\{(\w+)\}/g, (_, name: string) => take(name)))
  const rest = [...input].filter(([, value]) => value !== undefined)
  if (method === 'GET') for (const [name, value] of rest) target.searchParams.set(name, String(value))
  const headers = {
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
  }
  const body = method === 'POST' ? { body: JSON.stringify(Object.fromEntries(rest)) } : {}
  for (let tries = 0; ; tries += 1) {
    const response = await fetchIt(target, { method, headers, signal: signal ?? null, ...body })
    if (response.ok) return response
    const wait = Number(response.headers.get('retry-after') ?? Number.NaN)
    if (tries >= retries || Number.isNaN(wait) || ![429, 503].includes(response.status)) throw await errorOf(response)
    await response.body?.cancel()
    await sleep(wait * 1_000, signal)
  }
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
