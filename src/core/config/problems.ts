import type { z } from 'zod'
import { FtError } from '../errors.js'
import { variableDocs } from './variables.js'

/** The environment as a process gets it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Collects everything that is wrong, so that one run shows all of it. */
export interface Problems {
  /** Adds `name: what, for example …`; `example` is what the reader could write instead. */
  add(name: string, what: string, example?: string): void
  /** @throws FtError config_invalid naming all problems, one per line, when there is any */
  throwIfAny(): void
}

/** An empty collection. */
export function createProblems(): Problems {
  const lines: string[] = []
  return {
    add: (name, what, example) => {
      lines.push(`${name}: ${what}${example === undefined ? '' : `, for example ${example}`}`)
    },
    throwIfAny: () => {
      if (lines.length === 0) return
      throw new FtError(
        'config_invalid',
        `The configuration is not valid:\n${lines.map((line) => `  ${line}`).join('\n')}`,
        {
          details: { problems: lines },
        },
      )
    },
  }
}

/** The value of a variable; undefined when it is not set or blank. */
export function read(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim()
  return value === '' ? undefined : value
}

/**
 * Reads the variables of a schema, all of them optional, from the environment, each under `prefix` + its key.
 * What is not valid is left out and added to the problems.
 */
export function readVariables<S extends z.ZodObject>(
  schema: S,
  prefix: string,
  env: Environment,
  problems: Problems,
): z.output<S> {
  const values: Record<string, string> = {}
  for (const key of Object.keys(schema.shape)) {
    const value = read(env, prefix + key)
    if (value !== undefined) values[key] = value
  }
  const result = schema.safeParse(values)
  if (result.success) return result.data
  for (const issue of result.error.issues) {
    const key = String(issue.path[0])
    const name = prefix + key
    const example = variableDocs.get(schema.shape[key] ?? schema)?.example
    delete values[key]
    problems.add(name, issue.message, example === undefined ? undefined : `${name}=${example}`)
  }
  return schema.parse(values)
}
