/** Times of a consumer, in milliseconds. The defaults suit production; tests shorten them. */
export interface Timing {
  /**
   * An entry that its consumer has not touched for so long is abandoned; consumers touch what they work on five times as often.
   * The age at which the work of a process that was killed goes on.
   */
  readonly abandonedMs: number
  /** A consumer with nothing pending that was not seen for so long is taken off its group. */
  readonly forgetMs: number
  /** Longest wait of one read. */
  readonly blockMs: number
}

export const TIMING: Timing = { abandonedMs: 10_000, forgetMs: 600_000, blockMs: 5_000 }
