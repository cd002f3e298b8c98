/** How much a single gap between blocks counts in what is expected of the next. */
const WEIGHT = 1 / 16
/** In intervals: the first look after a block is so much later when that block needed more than one look, so much sooner when it did not. */
const LATER = 1 / 16
const SOONER = 1 / 8
/** The first look after a block is this many intervals after it at most. */
const LONGEST = 3
/** The shortest step, in intervals. */
const SHORTEST = 1 / 8

/**
 * When to look for the next block of a chain that does not announce them: as often as every `intervalMs`, but when blocks come.
 *
 * After a block, the next one is long in coming. The first look after it is put off until about every third block is there already when it
 * is made, and the looks that this spares make the steps between the others shorter. Blocks that come whenever they like are looked for
 * every `intervalMs`; a block that comes against all experience waits for three times that.
 *
 * Times are milliseconds of one monotonic clock.
 */
export class Cadence {
  readonly #intervalMs: number
  #lookedAt = 0
  /** The highest head so far, and the look that found it. */
  #head: { readonly number: number; readonly foundAt: number } | null = null
  #gapMs: number | null = null
  #firstMs: number

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
    this.#firstMs = intervalMs
  }

  /** A look at `now` saw the head at this height. */
  looked(head: number, now: number): void {
    const last = this.#head
    if (last === null || head > last.number) {
      if (last !== null) this.#learn((now - last.foundAt) / (head - last.number), this.#lookedAt === last.foundAt)
      this.#head = { number: head, foundAt: now }
    }
    this.#lookedAt = now
  }

  /** How long to wait now; half a step at least, for an endpoint that takes long to answer. */
  waitMs(now: number): number {
    const stepMs = this.#stepMs()
    return Math.max(stepMs / 2, this.#lookedAt + stepMs - now)
  }

  #learn(gapMs: number, atFirstLook: boolean): void {
    const before = this.#gapMs ?? gapMs
    // a pause of the chain, or of ours, says little of what follows
    this.#gapMs = before + (Math.min(gapMs, 4 * before) - before) * WEIGHT
    const firstMs = this.#firstMs + this.#intervalMs * (atFirstLook ? -SOONER : LATER)
    this.#firstMs = Math.max(this.#intervalMs, Math.min(firstMs, LONGEST * this.#intervalMs, this.#gapMs))
  }

  #stepMs(): number {
    const [intervalMs, gapMs, firstMs] = [this.#intervalMs, this.#gapMs, this.#firstMs]
    if (this.#head === null || gapMs === null) return intervalMs
    if (this.#head.foundAt === this.#lookedAt) return firstMs
    if (gapMs <= firstMs || this.#lookedAt - this.#head.foundAt > 2 * gapMs) return intervalMs
    // so that the looks of a gap, the first and those that follow, are as many as with `intervalMs` between them
    const share = (1 - firstMs / gapMs) / (1 - intervalMs / gapMs)
    return intervalMs * Math.max(SHORTEST, share)
  }
}
