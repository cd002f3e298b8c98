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
  readonly #isLoss: (error: unknown) => boolean
  readonly #most: number
  readonly #lines: Line<C>[] = []
  #closed = false

  /**
   * `open` connects, and calls `lost` when the connection is no good any more; `isLoss` tells errors that say so before that. `most` connections
   * are opened.
   */
  constructor(open: (lost: () => void) => Promise<C>, isLoss: (error: unknown) => boolean, most: number) {
    this.#open = open
    this.#isLoss = isLoss
    this.#most = most
  }

  /** Asks over one of the connections. @throws whatever `open` and `ask` throw */
  async run<T>(ask: (connection: C) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('the connections have been closed')
    const line = this.#pick()
    line.sent.push(performance.now())
    try {
      return await ask(await line.connection)
    } catch (error) {
      if (this.#isLoss(error) && this.#drop(line)) void endQuietly(line.connection)
      throw error
    } finally {
      line.sent.shift()
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
    const line: Line<C> = { connection: this.#open(() => this.#drop(line)), sent: [] }
    line.connection.catch(() => this.#drop(line))
    this.#lines.push(line)
    return line
  }

  /** Gives a connection no more questions. True the first time. */
  #drop(line: Line<C>): boolean {
    const at = this.#lines.indexOf(line)
    if (at >= 0) this.#lines.splice(at, 1)
    return at >= 0
  }
}

/** Ends a connection that is no good any more, whatever it says to that. */
async function endQuietly(connection: Promise<{ end(): Promise<void> }>): Promise<void> {
  await connection.then((opened) => opened.end()).catch(() => undefined)
}
