import type { z } from 'zod'
import { FtError } from '../core/errors.js'
import { parseSchedule, type Schedule } from './schedule.js'
import { type ParamNames, type ParamValues, type Topic, type TopicSchemas, topicsOf } from './topic.js'

/** What makes a task run. `Args` is what it hands to `run` before dependencies and context. */
export type Trigger<Args extends readonly unknown[]> = TriggerSpec & {
  /** Turns what a trigger received into the arguments of `run`. @throws FtError message_invalid */
  readonly args: (input: Input) => Args
}

export type TriggerSpec = StreamSpec | EverySpec | CronSpec | LoopSpec

export interface StreamSpec {
  readonly kind: 'stream'
  readonly group: string
  readonly topics: readonly string[]
  readonly batch: number
}

export interface EverySpec {
  readonly kind: 'every'
  readonly intervalMs: number
  /** Only on the process that has the beat. */
  readonly once: boolean
}

export interface CronSpec {
  readonly kind: 'cron'
  readonly schedule: Schedule
}

export interface LoopSpec {
  readonly kind: 'loop'
}

/** A payload with the topic it came on and its name in messages. */
export interface Incoming {
  readonly topic: string
  readonly key: string
  readonly payload: unknown
}
export type Input = readonly Incoming[]

export type StreamOptions<P extends string> = {
  readonly group: string
  /** Most messages per run; default 100. */
  readonly batch?: number
} & ([ParamNames<P>] extends [never]
  ? { readonly params?: never }
  : { readonly params: Readonly<Record<ParamNames<P>, readonly string[]>> })

export interface Triggers<S extends TopicSchemas<S>> {
  /**
   * Runs for messages of these topics, in batches of one topic each, as a member of `group`. `params` fills in the names in
   * braces: `{ network: ['polygon', 'ton'] }` subscribes to both networks' topics.
   */
  stream<P extends keyof S & string>(
    patterns: P | readonly P[],
    options: StreamOptions<P>,
  ): Trigger<readonly [messages: readonly z.output<S[P]>[]]>
  /**
   * Runs at once and then every `intervalMs`, never twice at a time: ticks that a long run missed are left out. With `once`, of
   * all processes that have the task only the one that has the beat runs it (see `cron`); when the beat goes over to another
   * one, that runs it at once.
   */
  every(intervalMs: number, options?: { readonly once?: boolean }): Trigger<readonly []>
  /**
   * Runs at the times that a cron expression names, in UTC, on exactly one process of the cluster; five fields, or six with
   * seconds first. A firing is known by its scheduled time and happens once and for all, whatever clocks and restarts do. When
   * nobody was there at its time, the last one that was missed is made up for as soon as somebody is, and the ones before it are
   * left out; so are those that a long run missed. A firing whose process died on it is not repeated: write the task so that the
   * next one finds what was left. A task that was never seen before fires at the next time.
   * @throws Error for an expression that cannot be read or never fires
   */
  cron(expression: string): Trigger<readonly []>
  /** Runs once, for as long as the process lives; `run` must return when its signal is aborted. */
  loop(): Trigger<readonly []>
}

/** The triggers of a map of topics. */
export function triggersOf<S extends TopicSchemas<S>>(schemas: S): Triggers<S> {
  return {
    stream: <P extends keyof S & string>(patterns: P | readonly P[], options: StreamOptions<P>) => {
      const params: ParamValues = options.params ?? {}
      const list: readonly P[] = typeof patterns === 'string' ? [patterns] : patterns
      const topics = new Map(
        list.flatMap((pattern) => topicsOf(pattern, schemas[pattern], params)).map((topic) => [topic.name, topic]),
      )
      return {
        kind: 'stream',
        group: options.group,
        batch: options.batch ?? 100,
        topics: [...topics.keys()],
        args: (input) => [input.map((incoming) => checked(topics.get(incoming.topic), incoming))],
      }
    },
    every: (intervalMs, { once = false } = {}) => {
      if (!(intervalMs > 0)) throw new Error(`an interval of ${intervalMs} ms is none: it must be above 0`)
      return { kind: 'every', intervalMs, once, args: () => [] }
    },
    cron: (expression) => ({ kind: 'cron', schedule: parseSchedule(expression), args: () => [] }),
    loop: () => ({ kind: 'loop', args: () => [] }),
  }
}

function checked<M>(topic: Topic<M> | undefined, incoming: Incoming): M {
  if (topic === undefined) throw invalid(`message ${incoming.key} came on ${incoming.topic}, which was not asked for`)
  const result = topic.check(incoming.payload)
  if (result.success) return result.data
  const issues = result.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || 'payload'}: ${message}`)
  throw invalid(`message ${incoming.key} of ${incoming.topic} does not fit its schema: ${issues.join('; ')}`)
}

function invalid(message: string): FtError {
  return new FtError('message_invalid', message)
}
