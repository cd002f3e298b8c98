import { type ParseArgsConfig, parseArgs } from 'node:util'

type Spec = NonNullable<ParseArgsConfig['options']>

/**
 * The options on the command line of a tool. `--help` prints its usage and ends the process with 0, an option that it does not have or
 * a number that is none with 2.
 */
export function readCommandLine<const S extends Spec>(usage: string, options: S, numbers: readonly string[]) {
  const stop = (code: number, text: string): never => {
    process[code === 0 ? 'stdout' : 'stderr'].write(text)
    process.exit(code)
  }
  if (process.argv.includes('--help')) stop(0, usage)
  try {
    const { values } = parseArgs({ options })
    for (const [name, value] of Object.entries(values)) {
      const wrong = numbers.includes(name) && !/^\d+(\.\d+)?$/.test(String(value))
      if (wrong) throw new Error(`--${name} ${String(value)} is no number`)
    }
    return values
  } catch (error) {
    return stop(2, `${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  }
}
