import { createRequire } from 'node:module'
import path from 'node:path'
import { FtError } from '../core/errors.js'

/**
 * The path of the anvil program that the optional dependency brings along (Linux on x64).
 * @throws FtError devnet_failed where it is not installed, saying what to do
 */
export function anvilBinary(): string {
  const { resolve } = createRequire(import.meta.url)
  try {
    return path.join(path.dirname(resolve('@foundry-rs/anvil-linux-amd64/package.json')), 'bin', 'anvil')
  } catch (cause) {
    throw new FtError(
      'devnet_failed',
      `the development network needs anvil, which is not installed (${process.platform} ${process.arch}): on Linux x64 run npm install with optional dependencies; elsewhere set POLYGON_RPC_URL to index a real chain`,
      { cause },
    )
  }
}
