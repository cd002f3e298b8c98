import { type DependencyRecord, type Lifecycle, providersIn, type Resolved, resolve, type Scope } from './dependency.js'
import type { Log } from './log.js'
import type { Input, Trigger, TriggerSpec } from './trigger.js'

/** What every run is told besides its input and dependencies. */
export interface TaskContext {
  readonly task: string
  /**
   * A loop: aborted when it must return. Otherwise: aborted when the run has overrun its time or the deadline of the shutdown,
   * so that its result will not be waited for.
   */
  readonly signal: AbortSignal
  readonly log: Log
}

export interface TaskSpec<Args extends readonly unknown[], D extends DependencyRecord> {
  readonly name: string
  readonly trigger: Trigger<Args>
  /** Providers or values; `run` gets exactly these, resolved. */
  readonly deps?: D
  readonly run: (...args: [...Args, Resolved<D>, TaskContext]) => Promise<void>
  /** Why the work is not done although `run` runs, as its dependencies know it, or null. Part of the readiness of the process. */
  readonly trouble?: (deps: Resolved<D>) => string | null
  /** Longest run in milliseconds; default 60,000, and none for a loop. */
  readonly timeoutMs?: number
  /**
   * How often a failed run is tried again. Streams: failures of one message, alone, before it is a dead letter, minus one
   * (default 4, so that the fifth failure buries it). `every`: within one tick (default 0). Loops restart without limit.
   */
  readonly retries?: number
  /** Streams: batches of one topic under way at once; default 1, which keeps the order of the topic. */
  readonly maxInFlight?: number
}

/** One run, with everything but its input and context filled in. */
export type Work = (input: Input, context: TaskContext) => Promise<void>

/** A declared task, as the runner sees it. */
export interface Task {
  readonly name: string
  readonly trigger: TriggerSpec
  readonly needs: readonly Lifecycle[]
  readonly timeoutMs: number | null
  readonly retries: number
  readonly maxInFlight: number
  /** The work with its dependencies filled in from `scope`. @throws Error when one of them is not running */
  readonly bind: (scope: Scope) => Work
  /** Its own `trouble`, likewise. */
  readonly watch: (scope: Scope) => () => string | null
}

/** Declares a task. Nothing happens before a runner starts it. */
export function task<Args extends readonly unknown[], D extends DependencyRecord = Record<never, never>>(
  spec: TaskSpec<Args, D>,
): Task {
  const { trigger } = spec
  return {
    name: spec.name,
    trigger,
    needs: providersIn(spec.deps ?? {}),
    timeoutMs: spec.timeoutMs ?? (trigger.kind === 'loop' ? null : 60_000),
    retries: spec.retries ?? (trigger.kind === 'stream' ? 4 : 0),
    maxInFlight: spec.maxInFlight ?? 1,
    bind: (scope) => {
      const deps = resolve(scope, spec.deps)
      return (input, context) => spec.run(...trigger.args(input), deps, context)
    },
    watch: (scope) => {
      const deps = resolve(scope, spec.deps)
      return () => spec.trouble?.(deps) ?? null
    },
  }
}

/** Whether a task runs on one process of the cluster at a time, the one that has its beat. */
export function needsBeat({ trigger }: Task): boolean {
  return trigger.kind === 'cron' || (trigger.kind === 'every' && trigger.once)
}
