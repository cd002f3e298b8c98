import { createRequire } from 'node:module'
import path from 'node:path'
import { FtError } from '../core/errors.js'

/**
 * The path of the anvil program that the optional dependency brings along (Linux on x64 and arm64).
 * @throws FtError devnet_failed where it is not installed, saying what to do
 */
export function anvilBinary(): string {
  const { resolve } = createRequire(import.meta.url)
  try {
    const name = `@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
    return path.join(path.dirname(resolve(`${name}/package.json`)), 'bin', 'anvil')
  } catch (cause) {
    throw new FtError(
      'devnet_failed',
      `the development network needs anvil, which is not installed (${process.platform} ${process.arch}): on Linux (x64, arm64) run npm install with optional dependencies; elsewhere set POLYGON_RPC_URL to index a real chain`,
      { cause },
    )
  }
}
