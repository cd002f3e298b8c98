import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { type Config, type Environment, loadConfig, type NetworkConfig } from '../../src/core/config.js'
import { FtError } from '../../src/core/errors.js'

export const RPC = 'https://rpc.test'
export const ADDRESS = '0x7ceb23fd6bc0add59e62ac25578270cff1b9f619'

/** A configuration loader with an empty working directory per test. */
export function configHarness() {
  let cwd = ''
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'ft-config-'))
  })
  afterEach(() => rmSync(cwd, { recursive: true }))
  const load = (env: Environment = {}): Config => loadConfig(env, cwd)
  return {
    load,
    path: (name: string) => join(cwd, name),
    write: (content: unknown, name = 'ft.config.json') =>
      writeFileSync(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content)),
    network: (env: Environment, name = 'polygon'): NetworkConfig => {
      const found = load(env).networks.find((candidate) => candidate.name === name)
      if (found === undefined) throw new Error(`no network ${name}`)
      return found
    },
    problems: (env: Environment): string[] => problemsOf(() => load(env)),
  }
}

/** The problems of a configuration that must be refused, one line each. */
function problemsOf(load: () => Config): string[] {
  try {
    load()
  } catch (error) {
    if (!(error instanceof FtError)) throw error
    expect(error.code).toBe('config_invalid')
    const [title, ...lines] = error.message.split('\n')
    expect(title).toBe('The configuration is not valid:')
    const problems = lines.map((line) => line.trim())
    expect(error.details).toEqual({ problems })
    return problems
  }
  throw new Error('the configuration was accepted')
}
