import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Ask } from '../../src/cli/ask.js'
import { createContext, type Output } from '../../src/cli/context.js'
import { run } from '../../src/cli/program.js'
import type { Environment } from '../../src/core/config.js'

/** What a command did. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs command lines in this process, each test in an empty working directory. */
export function cliHarness() {
  let cwd = ''
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'ft-cli-'))
  })
  afterEach(() => rmSync(cwd, { recursive: true }))
  return {
    path: (name: string) => join(cwd, name),
    /** `ask` answers what a command asks; without it nobody can be asked. */
    ft: async (argv: readonly string[], env: Environment = {}, ask: Ask | null = null): Promise<Outcome> => {
      const stdout = collect()
      const stderr = collect()
      const code = await run(argv, createContext({ env, cwd, stdout, stderr, ask }))
      return { code, stdout: stdout.text(), stderr: stderr.text() }
    },
  }
}

function collect(): Output & { text(): string } {
  const chunks: string[] = []
  return { write: (chunk) => chunks.push(chunk), text: () => chunks.join('') }
}
