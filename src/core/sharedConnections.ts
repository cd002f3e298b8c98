/** What is known of a connection: when what it still has to answer was sent, oldest first. */
interface Line<C> {
  readonly connection: Promise<C>
  readonly sent: number[]
}

/** A connection takes as many questions before another one is opened … */
const DEPTH = 16
/** … and none behind one that was sent so many milliseconds ago: whatever that waits for, who comes later need not. */
const FRESH_MS = 5

/**
 * Connections that many use at once, for questions that are answered in microseconds: each is sent behind the others, whose answers may still
 * be on their way, and those of one turn of the event loop go out, and come back, together. (docs/adr/0019)
 *
 * The first connection that is quick takes a question, so that there are as few as the load needs. What is lost with a connection is
 * rejected; the next question opens another.
 */
export class SharedConnections<C extends { end(): Promise<void> }> {
  readonly #open: (lost: () => void) => Promise<C>
  readonly #most: number
  readonly #lines: Line<C>[] = []
  #closed = false

  /** `open` connects, and calls `lost` when the connection is no good any more; `most` connections are opened. */
  constructor(open: (lost: () => void) => Promise<C>, most: number) {
    this.#open = open
    this.#most = most
  }

  /** Asks over one of the connections. @throws whatever `open` and `ask` throw */
  async run<T>(ask: (connection: C) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('the connections have been closed')
    const { connection, sent } = this.#pick()
    sent.push(performance.now())
    try {
      return await ask(await connection)
    } finally {
      sent.shift()
    }
  }

  /** Closes the connections when what they were asked is answered. */
  async end(): Promise<void> {
    this.#closed = true
    const opened = await Promise.allSettled(this.#lines.map(({ connection }) => connection))
    await Promise.all(opened.map(async (line) => (line.status === 'fulfilled' ? await line.value.end() : undefined)))
  }

  #pick(): Line<C> {
    const now = performance.now()
    const quick = this.#lines.find(({ sent }) => sent.length < DEPTH && now - (sent[0] ?? now) < FRESH_MS)
    if (quick !== undefined) return quick
    if (this.#lines.length < this.#most) return this.#add()
    return this.#lines.reduce((least, line) => (line.sent.length < least.sent.length ? line : least))
  }

  #add(): Line<C> {
    const lost = (): void => {
      const at = this.#lines.indexOf(line)
      if (at >= 0) this.#lines.splice(at, 1)
    }
    const line: Line<C> = { connection: this.#open(lost), sent: [] }
    line.connection.catch(lost)
    this.#lines.push(line)
    return line
  }
}
