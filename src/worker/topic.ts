import { z } from 'zod'

/** Every topic's schema by pattern. `{network}` in a pattern stands for a name that is filled in per instance. */
export type TopicSchemas<S> = { readonly [K in keyof S]: z.ZodType }

/** The names in braces of a pattern: `network` of `chain.{network}.heads`. */
export type ParamNames<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never

/** The concrete names a pattern stands for: `chain.${string}.heads` of `chain.{network}.heads`. */
export type TopicName<P extends string> = P extends `${infer Head}{${string}}${infer Rest}`
  ? `${Head}${string}${TopicName<Rest>}`
  : P

/** For each name in braces the values it takes. */
export type ParamValues = Readonly<Record<string, readonly string[]>>

/** A concrete topic and how its payloads are checked. */
export interface Topic<M> {
  readonly name: string
  /** The payload as its schema reads it, or why it does not fit. */
  readonly check: (payload: unknown) => z.ZodSafeParseResult<M>
}

/** The concrete topics of a pattern: one per combination of `params`; the pattern itself when it has no braces. */
export function topicsOf<T extends z.ZodType>(pattern: string, schema: T, params: ParamValues): Topic<z.output<T>>[] {
  return namesOf(pattern, params).map((name) => ({ name, check: (payload) => z.safeParse(schema, payload) }))
}

function namesOf(pattern: string, params: ParamValues): string[] {
  const param = /\{([^{}]*)\}/.exec(pattern)
  if (param === null) return [pattern]
  const values = params[param[1] ?? ''] ?? []
  return values.flatMap((value) =>
    namesOf(
      pattern.replace(param[0], () => value),
      params,
    ),
  )
}
