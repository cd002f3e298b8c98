import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Abi, encodeDeployData, encodeFunctionData, getContractAddress, type Hex, isHex, maxUint256 } from 'viem'
import { z } from 'zod'
import { FtError } from '../core/errors.js'

const artifactFile = z.object({ abi: z.custom<Abi>(Array.isArray), bytecode: z.custom<Hex>(isHex) })

/** Addresses of the development contracts, lower case. */
export interface DevContracts {
  readonly erc721: readonly string[]
  readonly erc1155: readonly string[]
  /** Noise: its Transfer has the topic0 of ERC-721's. */
  readonly erc20: string
}

/** A contract to deploy: the data of its creation transaction. */
export interface Deployment {
  readonly data: Hex
}

const artifacts = {
  erc721: 'ERC721PresetMinterPauserAutoId',
  erc1155: 'ERC1155PresetMinterPauser',
  erc20: 'ERC20PresetMinterPauser',
} as const

type ContractKind = keyof typeof artifacts

interface Plan {
  readonly kind: ContractKind
  readonly args: readonly string[]
}

/** Where their metadata would be: well-formed, and nobody has it. */
const CONTENT = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'

/** In the order of the deployer's nonces: that order is what makes the addresses known before anything is deployed. */
const plans: readonly Plan[] = [
  { kind: 'erc721', args: ['Development Tickets', 'TICKET', `ipfs://${CONTENT}/tickets/`] },
  { kind: 'erc721', args: ['Development Plots', 'PLOT', `ipfs://${CONTENT}/plots/`] },
  { kind: 'erc1155', args: [`ipfs://${CONTENT}/items/{id}`] },
  { kind: 'erc1155', args: [`ipfs://${CONTENT}/badges/{id}`] },
  { kind: 'erc20', args: ['Development Coin', 'COIN'] },
]

const loaded = new Map<ContractKind, { abi: Abi; bytecode: Hex }>()

/** The ABI of a development contract, from OpenZeppelin's own build. */
export function abiOf(kind: ContractKind): Abi {
  return artifactOf(kind).abi
}

/** The creation transactions, in the order in which the deployer must send them as its first. */
export function deployments(): readonly Deployment[] {
  return plans.map(({ kind, args }) => ({ data: encodeDeployData({ ...artifactOf(kind), args }) }))
}

/** What lets `operator` (Seaport) take every token of an account and its coins, once it is allowed by a signed order. */
export function approvals(contracts: DevContracts, operator: string): readonly { to: string; data: Hex }[] {
  const all = [hex(operator), true] as const
  return [
    ...contracts.erc721.map((to) => ({ to, data: approval('erc721', 'setApprovalForAll', all) })),
    ...contracts.erc1155.map((to) => ({ to, data: approval('erc1155', 'setApprovalForAll', all) })),
    { to: contracts.erc20, data: approval('erc20', 'approve', [hex(operator), maxUint256]) },
  ]
}

function approval(kind: ContractKind, functionName: string, args: readonly unknown[]): Hex {
  return encodeFunctionData({ abi: abiOf(kind), functionName, args })
}

/** Where the contracts are when `deployer` (lower case) deployed them by its first transactions. */
export function contractsOf(deployer: string): DevContracts {
  const at = (kind: ContractKind): string[] =>
    plans.flatMap((plan, nonce) =>
      plan.kind === kind ? [getContractAddress({ from: hex(deployer), nonce: BigInt(nonce) }).toLowerCase()] : [],
    )
  const [erc20 = ''] = at('erc20')
  return { erc721: at('erc721'), erc1155: at('erc1155'), erc20 }
}

/** A value as viem's hexadecimal type. @throws FtError devnet_failed when it is not hexadecimal */
export function hex(value: string): Hex {
  if (isHex(value)) return value
  throw new FtError('devnet_failed', `"${value}" is not hexadecimal`)
}

function artifactOf(kind: ContractKind): { abi: Abi; bytecode: Hex } {
  const known = loaded.get(kind)
  if (known !== undefined) return known
  const file = createRequire(import.meta.url).resolve(`@openzeppelin/contracts/build/contracts/${artifacts[kind]}.json`)
  const artifact = artifactFile.parse(JSON.parse(readFileSync(file, 'utf8')))
  loaded.set(kind, artifact)
  return artifact
}
