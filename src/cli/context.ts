import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { secretsOfConfig } from '../core/config/describe.js'
import { type Config, type Environment, loadConfig } from '../core/config.js'
import { createLogger, type Logger } from '../observability/logger.js'
import { createRedactor } from '../observability/redact.js'
import { type Ask, terminalAsk } from './ask.js'

/** A stream that a command writes to. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** What a command gets from the process around it; tests give it their own. */
export interface CliContext {
  readonly version: string
  readonly stdout: Output
  readonly stderr: Output
  /** Asks whoever started the command; null where nobody can be asked. */
  readonly ask: Ask | null
  /** Whether errors show their stacks: `FT_LOG_LEVEL` is `debug` or `trace`. */
  readonly debug: boolean
  /** Hides secrets in text for people: those of the configuration, as far as it is read, and what looks like one. */
  redact(text: string): string
  /**
   * The configuration, read at the first call: `--help` works with a bad one too.
   * @throws FtError config_invalid
   */
  config(): Config
  /**
   * A logger as the configuration says, with its secrets redacted. It writes to standard error, because standard output is the answer of a
   * command; a server has no other answer than its log, and gives standard output.
   */
  logger(destination?: Output): Logger
  /** Sets the exit code of a command that ran to its end and has bad news. */
  end(code: number): void
  /** What `end` was told; 0 when nothing. */
  readonly exitCode: number
}

export interface ContextOptions {
  /** Default: the environment of the process. */
  readonly env?: Environment
  readonly cwd?: string
  readonly stdout?: Output
  readonly stderr?: Output
  readonly ask?: Ask | null
}

/** The context of this process, or of what `options` replace. */
export function createContext(options: ContextOptions = {}): CliContext {
  const stdout = options.stdout ?? process.stdout
  const stderr = options.stderr ?? process.stderr
  let loaded: Config | undefined
  let code = 0
  const config = (): Config => {
    loaded ??= loadConfig(options.env, options.cwd)
    return loaded
  }
  return {
    version: packageVersion(),
    stdout,
    stderr,
    ask: options.ask === undefined ? terminalAsk() : options.ask,
    get debug() {
      return loaded?.log.level === 'debug' || loaded?.log.level === 'trace'
    },
    redact: (text) => createRedactor(loaded === undefined ? [] : secretsOfConfig(loaded))(text),
    config,
    logger: (destination = stderr) =>
      createLogger({ ...config().log, secrets: secretsOfConfig(config()), destination }),
    end: (told) => {
      code = told
    },
    get exitCode() {
      return code
    },
  }
}

const packageFile = z.object({ version: z.string() })

/** package.json is two folders above this file, in `src` as in `dist`. */
function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return packageFile.parse(JSON.parse(text)).version
}
