import { EVM_ZERO } from '../../core/address.js'
import { FtError, isFtError } from '../../core/errors.js'
import type {
  HoldingQuestion,
  MetadataQuestion,
  MetadataSource,
  Standard,
  StandardQuestion,
} from '../../core/events.js'
import { cleanName } from '../../core/itemMetadata.js'
import { readHeader } from './read.js'
import type { Call, Rpc } from './rpc.js'
import { wrong } from './wire.js'
import { addressAt, bytesAt, uintAt } from './words.js'

/** Selectors of ERC-721 `ownerOf(uint256)` and ERC-1155 `balanceOf(address,uint256)`. */
const OWNER_OF = '0x6352211e'
const BALANCE_OF = '0x00fdd58e'
/** Selector of `name()` (ERC-721's metadata extension; most ERC-1155 contracts have it too), and gas for a text in storage behind a proxy. */
const NAME = '0x06fdde03'
const NAME_GAS = '0x30d40'
/** Selectors of ERC-721 `tokenURI(uint256)` and ERC-1155 `uri(uint256)`. */
const TOKEN_URI = '0xc87b56dd'
const URI = '0x0e89341c'
const DATA = /^0x(?:[0-9a-f]{2})*$/

/** Selector of ERC-165 `supportsInterface(bytes4)`, and the ids that the standards give themselves in it. */
const SUPPORTS_INTERFACE = '0x01ffc9a7'
const INTERFACES: Partial<Record<Standard, string>> = { erc721: '80ac58cd', erc1155: 'd9b67a26' }
/** An id that no contract may confirm: who says yes to this one says it to anything (EIP-165). */
const NO_INTERFACE = 'ffffffff'
/** The 30,000 that EIP-165 allows, and what a call costs before it begins (21,600 with these arguments, EIP-7623). */
const GAS = `0x${(30_000 + 21_600).toString(16)}`

/**
 * What the contracts say at a block, in the order of the questions: owner (null: nobody) or balance. A call that reverts or
 * finds no contract answers null.
 * @throws FtError as ChainAdapter lists them
 */
export async function readHoldings(
  rpc: Rpc,
  questions: readonly HoldingQuestion[],
  block: number,
): Promise<readonly (string | null)[]> {
  const calls = questions.map((question) => ({ to: question.contract, data: callData(question) }))
  const answers = await callAt(rpc, calls, block)
  return questions.map(({ account }, index) => decoded(answers[index], (data) => holdingOf(data, account === null)))
}

/**
 * Whether contracts name the standards at a block, as EIP-165 says how to find out, in the order of the questions. Whoever reverts, takes
 * more gas than EIP-165 allows, or gives anything but true does not.
 * @throws FtError as ChainAdapter lists them
 */
export async function readStandards(
  rpc: Rpc,
  questions: readonly StandardQuestion[],
  block: number,
): Promise<readonly boolean[]> {
  const calls = questions.flatMap(({ contract, standard }) =>
    [interfaceOf(standard), NO_INTERFACE].map((id) => ({ to: contract, data: supports(id), gas: GAS })),
  )
  const answers = await callAt(rpc, calls, block)
  return questions.map((_, index) => isTrue(answers[2 * index]) && !isTrue(answers[2 * index + 1]))
}

/**
 * Where the contracts say that the metadata of tokens is, as of the newest block; null where a contract gives no text.
 * ERC-721: `tokenURI`. ERC-1155: `uri`, in which `{id}` stands for the id in 64 hexadecimal digits (ERC-1155, "Metadata").
 * @throws FtError as ChainAdapter lists them
 */
export async function readTokenUris(
  rpc: Rpc,
  questions: readonly MetadataQuestion[],
): Promise<readonly MetadataSource[]> {
  const calls = questions.map(({ contract, tokenId, standard }) => ({
    to: contract,
    data: `${standard === 'erc1155' ? URI : TOKEN_URI}${idOf(tokenId)}`,
  }))
  const answers = await callAll(rpc, calls, 'latest')
  return questions.map(({ tokenId, standard }, index) => {
    const uri = decoded(answers[index], textOf)
    if (uri === null) return null
    return { uri: standard === 'erc1155' ? uri.replaceAll('{id}', idOf(tokenId)) : uri }
  })
}

/** What contracts answer to `name()` at a block, clean and bounded; null for any other answer. @throws FtError as ChainAdapter lists them */
export async function readNames(
  rpc: Rpc,
  contracts: readonly string[],
  block: number,
): Promise<readonly (string | null)[]> {
  const calls = contracts.map((contract) => ({ to: contract, data: NAME, gas: NAME_GAS }))
  const answers = await callAt(rpc, calls, block)
  return answers.map((answer) => cleanName(decoded(answer, textOf)))
}

function supports(id: string): string {
  return `${SUPPORTS_INTERFACE}${id.padEnd(64, '0')}`
}

function interfaceOf(standard: Standard): string {
  const id = INTERFACES[standard]
  if (id === undefined) throw new FtError('internal', `no contract of an EVM chain follows ${standard}`)
  return id
}

function isTrue(data: string | null | undefined): boolean {
  return decoded(data, (said) => uintAt(said, 0)) === 1n
}

interface ContractCall {
  readonly to: string
  readonly data: string
  readonly gas?: string
}

/** The data that calls give at a block (its number in hexadecimal, or a tag), in their order; null for one that reverts. */
async function callAll(rpc: Rpc, calls: readonly ContractCall[], block: string): Promise<readonly (string | null)[]> {
  const answers = await rpc.batch(
    calls.map((call): Call => ({ method: 'eth_call', mayRevert: true, params: [call, block] })),
  )
  return calls.map((_, index) => {
    const answer = answers[index]
    if (answer === null) return null
    if (typeof answer !== 'string' || !DATA.test(answer)) throw wrong(rpc.endpoint.name, 'a call did not give data')
    return answer
  })
}

/** The same at a block that an endpoint may know no more. @throws FtError block_unknown when it does not have its state */
async function callAt(rpc: Rpc, calls: readonly ContractCall[], block: number): Promise<readonly (string | null)[]> {
  return await callAll(rpc, calls, hexOf(block)).catch((error: unknown) => {
    throw withoutState(error)
  })
}

/**
 * An endpoint that answers with an error, or refuses, lacks the state of the block: many keep that of the newest ones only, and each says it in its
 * own words. It is as good as ever for everything else, so this must not count as a fault.
 */
function withoutState(error: unknown): unknown {
  if (!isFtError(error)) return error
  const isRefusal = error.code === 'rpc_fatal' || (error.code === 'rpc_transient' && isErrorObject(error))
  return isRefusal ? new FtError('block_unknown', error.message, { cause: error, details: error.details }) : error
}

function isErrorObject({ details }: FtError): boolean {
  return typeof details['rpcCode'] === 'number'
}

function hexOf(number: number): string {
  return `0x${number.toString(16)}`
}

function callData({ tokenId, account }: HoldingQuestion): string {
  const id = idOf(tokenId)
  return account === null ? `${OWNER_OF}${id}` : `${BALANCE_OF}${account.slice(2).padStart(64, '0')}${id}`
}

/** A token's id as the 64 hexadecimal digits of a word. */
function idOf(tokenId: bigint | null): string {
  if (tokenId === null) throw new FtError('internal', 'a token of an EVM contract is asked for by its id')
  return tokenId.toString(16).padStart(64, '0')
}

/** What the data of an answer says; null where there is none, and for anything that a token contract would not give. */
function decoded<T>(data: string | null | undefined, decode: (data: string) => T): T | null {
  if (data === null || data === undefined) return null
  try {
    return decode(data)
  } catch (error) {
    if (isFtError(error, 'event_undecodable')) return null
    throw error
  }
}

function holdingOf(data: string, isOwner: boolean): string | null {
  if (!isOwner) return uintAt(data, 0).toString()
  const owner = addressAt(data, 0)
  return owner === EVM_ZERO ? null : owner
}

/** An ABI-encoded text; null for an empty one. Bytes that are no UTF-8 become replacement characters. */
function textOf(data: string): string | null {
  const { start, length } = bytesAt(data, 0, 0)
  return Buffer.from(data.slice(2 + start * 2, 2 + (start + length) * 2), 'hex').toString('utf8') || null
}

/**
 * The first block at which one of the contracts has code, by bisection over eth_getCode; null when none has, or when the
 * endpoint does not keep old state.
 * @throws FtError as ChainAdapter lists them
 */
export async function readOrigin(rpc: Rpc, contracts: readonly string[]): Promise<number | null> {
  const head = await readHeader(rpc, 'latest')
  try {
    if (!(await haveCode(rpc, contracts, head.number))) return null
    let [absent, present] = [-1, head.number]
    while (present - absent > 1) {
      const middle = Math.floor((absent + present) / 2)
      if (await haveCode(rpc, contracts, middle)) present = middle
      else absent = middle
    }
    return present
  } catch (error) {
    // An error object (as opposed to a broken connection) is how nodes say that they have pruned the state of a block.
    if (isFtError(error) && isErrorObject(error) && error.code !== 'rate_limited') return null
    throw error
  }
}

async function haveCode(rpc: Rpc, contracts: readonly string[], block: number): Promise<boolean> {
  const place = hexOf(block)
  const codes = await rpc.batch(contracts.map((address) => ({ method: 'eth_getCode', params: [address, place] })))
  return codes.some((code) => {
    if (typeof code !== 'string') throw wrong(rpc.endpoint.name, 'eth_getCode did not give code')
    return code.length > 2
  })
}
