import type { z } from 'zod'
import { FtError } from '../core/errors.js'
import { type ParamNames, type ParamValues, type Topic, type TopicSchemas, topicsOf } from './topic.js'

/** What makes a task run. `Args` is what it hands to `run` before dependencies and context. */
export type Trigger<Args extends readonly unknown[]> = TriggerSpec & {
  /** Turns what a trigger received into the arguments of `run`. @throws FtError message_invalid */
  readonly args: (input: Input) => Args
}

export type TriggerSpec = StreamSpec | EverySpec | LoopSpec

export interface StreamSpec {
  readonly kind: 'stream'
  readonly group: string
  readonly topics: readonly string[]
  readonly batch: number
}

export interface EverySpec {
  readonly kind: 'every'
  readonly intervalMs: number
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
  /** Runs at once and then every `intervalMs`, never twice at a time: ticks that a long run missed are left out. */
  every(intervalMs: number): Trigger<readonly []>
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
    every: (intervalMs) => ({ kind: 'every', intervalMs, args: () => [] }),
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
