import type { Operations } from './api.js'

/** What to hear of: a network, a collection, an account; everything without. */
export type ChangeFilter = Omit<Operations['streamChanges']['input'], 'last_event_id'>

export interface ChangesOptions extends ChangeFilter {
  /** The `id` of the last event that was handled: goes on behind it. Without: what happens from now on. */
  readonly last_event_id?: string
  /** Ends the events. */
  readonly signal?: AbortSignal
}

interface Holder {
  readonly account_address: string
  /** Only on TON. */
  readonly account_address_friendly?: string
  /** What the account holds now; 0: nothing. */
  readonly quantity: string
}

interface Changed {
  readonly change_id: string
  readonly network: string
  readonly asset_id: string
  readonly collection_id: string | null
  readonly block_number: number
  readonly block_hash: string | null
  readonly finality_status: 'disputed' | 'pending' | 'finalized'
  readonly holders: readonly Holder[]
}

type Event =
  | { readonly type: 'ready'; readonly data: { readonly blocks: readonly object[] } }
  | { readonly type: 'changed'; readonly data: Changed }
  /** The block of the change `retracts` left the chain; the state that holds follows as `changed`. */
  | { readonly type: 'retracted'; readonly data: Changed & { readonly retracts: string } }
  /** Changes are missing here: read again what you keep. */
  | { readonly type: 'reset'; readonly data: { readonly network: string; readonly reason: 'expired' | 'bulk' } }

/** An event, and the `id` to go on from when it is handled. */
export type ChangeEvent = Event & { readonly id: string }

const WAIT_MS = 2_000

/**
 * Changes as they happen. When the connection ends it is made again, and what happened meanwhile comes first; an answer that is not a
 * success ends it (`FtApiError`). `open` sends the request.
 */
export async function* followChanges(
  open: (input: Operations['streamChanges']['input'], signal: AbortSignal) => Promise<Response>,
  { signal = new AbortController().signal, last_event_id, ...filter }: ChangesOptions = {},
): AsyncGenerator<ChangeEvent> {
  let id = last_event_id
  while (!signal.aborted) {
    try {
      const { body } = await open({ ...filter, last_event_id: id }, signal)
      for await (const block of blocksOf(body)) {
        const { id: place, event } = parse(block)
        id = place ?? id
        if (event !== undefined && id !== undefined) yield { ...event, id }
      }
    } catch (error) {
      if (signal.aborted) return
      // What fetch throws when a connection cannot be made, or breaks.
      if (!(error instanceof TypeError)) throw error
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
    }
  }
}

/** The text between blank lines. By a reader: streams cannot be iterated over in all browsers. */
async function* blocksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  if (body === null) return
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      text += decoder.decode(chunk.value, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      yield* blocks
    }
  } finally {
    await reader.cancel()
  }
}

function parse(block: string): { readonly id: string | undefined; readonly event: Event | undefined } {
  const fields = new Map(
    block.split('\n').map((line): [string, string] => [line.split(':', 1)[0] ?? '', line.replace(/^[^:]*: ?/, '')]),
  )
  const [type, data] = [fields.get('event'), fields.get('data')]
  const event = type === undefined || data === undefined ? undefined : ({ type, data: JSON.parse(data) } as Event)
  return { id: fields.get('id'), event }
}
