import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Abi, encodeDeployData, type Hex, isHex } from 'viem'
import { z } from 'zod'
import { FtError } from '../../core/errors.js'
import type { DevRpc } from '../rpc.js'

/** Where Seaport 1.6 and its ConduitController are on every chain, lower case. */
export const SEAPORT = '0x0000000000000068f116a894984e2db1123eb395'
const CONDUIT_CONTROLLER = '0x00000000f9490004c11cef243f5400493c00ad63'

const artifactFile = z.object({ abi: z.custom<Abi>(Array.isArray), bytecode: z.custom<Hex>(isHex) })
type Artifact = z.infer<typeof artifactFile>
let seaport: Artifact | undefined

/** Code that stands at an address without a transaction having brought it there. */
export interface PlacedCode {
  readonly address: string
  readonly code: string
}

/** Seaport's ABI, as its own package has it. @throws FtError devnet_failed where the package is not installed */
export function seaportAbi(): Abi {
  seaport ??= artifact('Seaport.sol/Seaport')
  return seaport.abi
}

/**
 * Seaport 1.6 and its ConduitController, as their constructors leave them at their own addresses of every chain. What OpenSea's
 * package holds is the real contract, compiled with other settings than the deployed one, so that CREATE2 with the known salt would
 * give another address. Therefore the constructors are run where the contracts are to be: what they fix by their address (the
 * EIP-712 domain) is right.
 * @throws FtError devnet_failed
 */
export async function seaportCode(rpc: DevRpc): Promise<readonly PlacedCode[]> {
  const { abi, bytecode } = artifact('Seaport.sol/Seaport')
  const controller = await constructed(
    rpc,
    CONDUIT_CONTROLLER,
    artifact('conduit/ConduitController.sol/LocalConduitController').bytecode,
    [],
  )
  const creation = encodeDeployData({ abi, bytecode, args: [CONDUIT_CONTROLLER] })
  return [controller, await constructed(rpc, SEAPORT, creation, [controller])]
}

/** Runs creation code at an address: what it returns is the contract. */
async function constructed(
  rpc: DevRpc,
  address: string,
  creation: string,
  beside: readonly PlacedCode[],
): Promise<PlacedCode> {
  const placed = [{ address, code: creation }, ...beside]
  const overrides = Object.fromEntries(placed.map((one) => [one.address, { code: one.code }]))
  const [code] = await rpc(['eth_call', { to: address, data: '0x' }, 'latest', overrides])
  return { address, code: z.string().parse(code) }
}

function artifact(name: string): Artifact {
  const { resolve } = createRequire(import.meta.url)
  const path = `@opensea/seaport-js/src/artifacts/seaport/contracts/${name}.json`
  try {
    return artifactFile.parse(JSON.parse(readFileSync(resolve(path), 'utf8')))
  } catch (cause) {
    throw new FtError(
      'devnet_failed',
      'the development network needs @opensea/seaport-js, which is not installed: run npm install with optional dependencies',
      { cause },
    )
  }
}
