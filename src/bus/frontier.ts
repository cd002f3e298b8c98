/**
 * Where reads of the outbox start, so that they do not walk over the index entries of everything that was delivered before,
 * which stay until they are vacuumed. It lags a whole sweep behind: a row that commits later than that after it got its number
 * is found by the sweep itself, which starts at 0.
 */
export class Frontier {
  readonly #sweepMs: number
  #from = 0
  #next = 0
  #highest = 0
  #sweepAt = 0

  constructor(sweepMs: number) {
    this.#sweepMs = sweepMs
  }

  /** Reads start after this seq: 0 while a sweep is due. */
  get from(): number {
    return this.isSweepDue() ? 0 : this.#from
  }

  isSweepDue(): boolean {
    return performance.now() >= this.#sweepAt
  }

  /** A message with this seq was read. */
  reached(seq: number): void {
    this.#highest = Math.max(this.#highest, seq)
  }

  /** A sweep was made; what comes after `seq` may be needed again (Infinity: nothing before the highest that was reached). */
  sweep(seq: number): void {
    this.#sweepAt = performance.now() + this.#sweepMs
    this.#from = Math.min(this.#next, seq)
    this.#next = Math.min(this.#highest, seq)
  }

  /** Old messages are pending again: the next read is a sweep. */
  restart(): void {
    this.#from = 0
    this.#next = 0
    this.#highest = 0
    this.#sweepAt = 0
  }
}
