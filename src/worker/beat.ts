/*
 * What must happen once in a cluster, however many processes have the task: one of them has the beat of the task, the others stand by.
 */

/** A stretch of time in which this process has the beat. */
export interface BeatTerm {
  /** Aborted when it is over. */
  readonly lost: AbortSignal
  /** Asks whoever grants the beat whether it still holds. Rejects, or gives false, when it does not. */
  confirm(): Promise<boolean>
  /**
   * Takes a firing of a task, which is named by the time for which it was scheduled: true for one taker, once and for all.
   * Of a task that was never seen the firing before now is taken and not given: nothing that is new was missed.
   */
  take(task: string, scheduledAt: Date): Promise<boolean>
}

export interface Beat {
  /** The term of this process; null while another process has the beat. */
  readonly term: BeatTerm | null
  /** Why this process neither has the beat nor stands by, or null. */
  readonly trouble: string | null
}
