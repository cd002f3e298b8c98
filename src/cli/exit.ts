import { CommanderError } from 'commander'
import { type ErrorCode, isFtError } from '../core/errors.js'
import type { CliContext } from './context.js'

/**
 * Exit codes of every command: done, failed, asked wrongly (usage or configuration), and ended because nobody reads its output any more
 * (what a shell says of a program that SIGPIPE ended).
 */
export const exitCode = { ok: 0, failure: 1, usage: 2, brokenPipe: 141 } as const
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set(['config_invalid', 'request_invalid', 'address_invalid'])

/** The exit code that an error of a command stands for. */
export function exitCodeOf(error: unknown): ExitCode {
  // Commander also throws after it has printed help or version as asked.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage
  return isFtError(error) && USAGE_CODES.has(error.code) ? exitCode.usage : exitCode.failure
}

/**
 * Writes an error as one readable message without secrets, with its stack when debugging, and gives the exit code. What commander
 * found wrong it has written itself.
 */
export function reportError(
  error: unknown,
  { stderr, debug, redact }: Pick<CliContext, 'stderr' | 'debug' | 'redact'>,
): ExitCode {
  if (!(error instanceof CommanderError)) {
    const stack = debug && error instanceof Error ? `\n${error.stack}` : ''
    stderr.write(`${redact(`ft: ${explain(error)}${stack}`)}\n`)
  }
  return exitCodeOf(error)
}

/** The message of an error with those of its causes; an error that we did not foresee says how to see more. */
export function explain(error: unknown): string {
  const [first = 'unknown error', ...causes] = messages(error)
  const because = causes.filter((cause) => !first.includes(cause)).map((cause) => `\n  because: ${cause}`)
  const remedy = isFtError(error) ? '' : '\n  FT_LOG_LEVEL=debug shows where it happened'
  return `${first}${because.join('')}${remedy}`
}

function messages(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  const own = error.message === '' ? [] : [error.message]
  // A refused connection to a host with several addresses is an AggregateError without a message of its own.
  const inner = error instanceof AggregateError ? error.errors.flatMap(messages) : []
  const cause = error.cause === undefined ? [] : messages(error.cause)
  const all = [...new Set([...own, ...inner, ...cause])]
  return all.length === 0 ? [error.name] : all
}
