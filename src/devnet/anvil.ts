import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { FtError } from '../core/errors.js'
import { anvilBinary } from './anvilBinary.js'
import { releaseFolder, takeFolder } from './guard.js'
import { createDevRpc, type DevRpc } from './rpc.js'

export interface AnvilOptions {
  /** Folder of the chain: pid file, and whatever anvil itself wants to write. It must exist. */
  readonly dir: string
  /** Time of the genesis block, seconds since 1970. */
  readonly genesisTime: number
  /** A state file to go on from (`--load-state`). */
  readonly stateFile?: string
  /** How many recent states the node keeps: `eth_call` at a height and rollbacks reach this far back. */
  readonly historyDepth: number
  /** Default 137. */
  readonly chainId?: number
}

/** A running node. It mines only when asked (`evm_mine`), and calls the block two below the head final. */
export interface Anvil {
  readonly rpcUrl: string
  readonly wsUrl: string
  readonly pid: number
  readonly rpc: DevRpc
  /** Settles when the node ends, for whatever reason. */
  readonly exited: Promise<void>
  /** Stops the node and waits until it is gone. Asking twice is harmless. */
  stop(): Promise<void>
}

/**
 * Starts anvil on a free port of 127.0.0.1, silently. A node that a killed process left behind in the folder is ended first.
 * @throws FtError devnet_failed when it does not start, with what it printed, or when another process uses the folder
 */
export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  const binary = anvilBinary()
  await takeFolder(options.dir)
  const child = spawn(binary, argumentsOf(options), {
    // By its working directory a node is known as this chain's (`processes.ts`).
    cwd: options.dir,
    // A group of its own: Ctrl-C in the terminal must reach the owner alone, who stops the node in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { HOME: options.dir },
  })
  const killWithOwner = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithOwner)
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
    process.removeListener('exit', killWithOwner)
    await releaseFolder(options.dir)
  }
  try {
    const address = await listening(child)
    const rpc = createDevRpc(`http://${address}`)
    await rpc(['anvil_setLoggingEnabled', false])
    return { rpcUrl: `http://${address}`, wsUrl: `ws://${address}`, pid: child.pid ?? 0, rpc, exited, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function argumentsOf({ genesisTime, stateFile, historyDepth, chainId = 137 }: AnvilOptions): string[] {
  return [
    ...['--host', '127.0.0.1', '--port', '0', '--chain-id', String(chainId), '--hardfork', 'prague'],
    // finalized = head - 2 * slots. Fees order transactions: see `chain.ts`.
    ...['--no-mining', '--slots-in-an-epoch', '1', '--order', 'fees', '--accounts', '12'],
    ...['--timestamp', String(genesisTime), '--prune-history', String(historyDepth)],
    ...(stateFile === undefined ? [] : ['--load-state', stateFile]),
  ]
}

/** Waits for the line that names the address, then drains what the node prints. */
async function listening(child: ChildProcess & { stdout: Readable; stderr: Readable }): Promise<string> {
  let printed = ''
  child.stderr.on('data', (chunk: Buffer) => {
    printed = (printed + chunk.toString()).slice(-2000)
  })
  const lines = createInterface({ input: child.stdout })
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => {
        const address = /^Listening on (\S+)/.exec(line)?.[1]
        if (address !== undefined) resolve(address)
      })
      child.once('error', (error) => reject(new FtError('devnet_failed', 'anvil cannot be started', { cause: error })))
      child.once('close', (code) =>
        reject(new FtError('devnet_failed', `anvil ended with ${code} before it listened: ${printed.trim()}`)),
      )
    })
  } finally {
    lines.close()
    child.stdout.resume()
  }
}
