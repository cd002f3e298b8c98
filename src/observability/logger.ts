import { type Logger, pino, stdTimeFunctions } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { createRedactor } from './redact.js'

export type { Logger } from 'pino'

/** Where log lines go; `isTTY` decides what the format `auto` means. */
export interface LogDestination {
  write(line: string): unknown
  readonly isTTY?: boolean
}

export interface LoggerOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
  /** `auto`: pretty in a terminal, else JSON. */
  readonly format: 'auto' | 'json' | 'pretty'
  /** Texts that must never be shown, beside what is recognized as a secret: `secretsOfConfig(config)`. */
  readonly secrets?: readonly string[]
  /** Default: standard output. */
  readonly destination?: LogDestination
}

/**
 * A pino logger: one JSON object per line with `level` as a word, `time` in ISO 8601 (UTC), fields, `msg`, and errors
 * under `err`; or readable lines. The finished line is redacted (`redact.ts`), so that no field, message or stack shows a secret.
 */
export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination ?? process.stdout
  const pretty = options.format === 'pretty' || (options.format === 'auto' && destination.isTTY === true)
  const format = pretty ? prettyFormat(destination.isTTY === true) : (line: string) => line
  return pino(
    {
      level: options.level,
      base: {},
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: createRedactor(options.secrets) },
    },
    { write: (line: string) => void destination.write(format(line)) },
  )
}

/** Written by this process, not by a worker thread: the last lines before an exit are the ones that matter. */
function prettyFormat(colorize: boolean): (line: string) => string {
  return prettyFactory({ colorize, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' })
}
