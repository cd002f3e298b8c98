/** Anything that runs SQL: the pool (each statement on its own) or a transaction. */
export interface Queryable {
  /** Runs one statement and gives its rows. */
  query<R extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<R[]>
  /** The same with a named prepared statement, for hot reads. */
  prepared<R extends object = Record<string, unknown>>(
    name: string,
    text: string,
    values?: readonly unknown[],
  ): Promise<R[]>
}

/** An open transaction. Stage functions take one and never commit it themselves. */
export interface Tx extends Queryable {
  readonly transaction: true
  /**
   * Sends a statement whose rows nobody needs, without waiting for it: the next one goes out behind it. When it fails, whatever comes next in the
   * transaction fails with its error, the end at the latest.
   */
  send(text: string, values?: readonly unknown[]): void
}

/**
 * A transaction that was begun on a connection. It knows what became of the statements that were sent in it: after one that failed the
 * server refuses all others, and to say so would help nobody, so that they fail with the error of the first.
 */
export class OpenTx {
  readonly tx: Tx
  #failure: unknown
  /** Resolves when the answers to all that was sent are there. */
  #sent: Promise<void> = Promise.resolve()

  constructor({ query, prepared }: Queryable) {
    const first = async (error: unknown): Promise<never> => {
      await this.settled()
      throw error
    }
    this.tx = {
      transaction: true,
      query: async <R extends object>(text: string, values?: readonly unknown[]) =>
        await query<R>(text, values).catch(first),
      prepared: async <R extends object>(name: string, text: string, values?: readonly unknown[]) =>
        await prepared<R>(name, text, values).catch(first),
      send: (text, values) => {
        const answered = query(text, values).then(
          () => undefined,
          (error: unknown) => {
            this.#failure ??= error
          },
        )
        this.#sent = this.#sent.then(() => answered)
      },
    }
  }

  /** Waits for the answers to all that was sent. @throws the first error among them */
  async settled(): Promise<void> {
    await this.#sent
    if (this.#failure !== undefined) throw this.#failure
  }
}
