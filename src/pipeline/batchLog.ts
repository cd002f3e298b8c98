interface Placed {
  readonly blockNumber: number
  readonly sourceEventId: string
  readonly normalizedEventId?: string
}

/** What the messages of all stages have in common with each other, as far as a log line is concerned. */
export interface BatchMessage {
  readonly network: string
  readonly events?: readonly Placed[] | undefined
  readonly completes?: readonly { readonly to: number }[]
  readonly head?: { readonly number: number }
  readonly ancestor?: { readonly number: number }
}

/** One line of the log for a network's part of a batch. */
export interface BatchLine {
  readonly network: string
  readonly messages: number
  /** The highest block that the batch is about; null where its messages name none. */
  readonly block: number | null
  readonly events: number
  /** Ids of the first and the last event. */
  readonly first?: string
  readonly last?: string
}

/** What a stage has done, one line per network and batch: a line per event would be the most of what the disk sees. */
export function batchLines(messages: readonly BatchMessage[]): BatchLine[] {
  const names = [...new Set(messages.map(({ network }) => network))]
  return names.map((network) => {
    const own = messages.filter((message) => message.network === network)
    const events = own.flatMap((message) => message.events ?? [])
    const [first, last] = [events[0], events.at(-1)]
    return {
      ...{ network, messages: own.length, block: highest(own), events: events.length },
      ...(first === undefined || last === undefined ? {} : { first: idOf(first), last: idOf(last) }),
    }
  })
}

function idOf({ normalizedEventId, sourceEventId }: Placed): string {
  return normalizedEventId ?? sourceEventId
}

function highest(messages: readonly BatchMessage[]): number | null {
  let top: number | null = null
  for (const { events = [], completes = [], head, ancestor } of messages) {
    const places = [
      ...events.map((event) => event.blockNumber),
      ...completes.map(({ to }) => to),
      head?.number,
      ancestor?.number,
    ]
    for (const place of places) if (place !== undefined) top = Math.max(top ?? 0, place)
  }
  return top
}
