import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { FtError } from '../core/errors.js'

/**
 * The path of the anvil program that the optional dependency brings along.
 * @throws FtError devnet_failed where the platform has none, saying what to do
 */
export function anvilBinary(): string {
  const name = `@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  const require = createRequire(import.meta.url)
  try {
    const binary = path.join(path.dirname(require.resolve(`${name}/package.json`)), 'bin', 'anvil')
    if (existsSync(binary)) return binary
  } catch (error) {
    throw missing(name, error)
  }
  throw missing(name)
}

function missing(name: string, cause?: unknown): FtError {
  return new FtError(
    'devnet_failed',
    `the development network needs anvil, and ${name} is not installed on ${process.platform} ${process.arch}: run npm install with optional dependencies, or set POLYGON_RPC_URL to index a real chain`,
    cause === undefined ? {} : { cause },
  )
}
