import { EVM_ZERO } from '../../core/address.js'
import { FtError, isFtError } from '../../core/errors.js'
import type { HoldingQuestion } from '../../core/events.js'
import { readHeader } from './read.js'
import type { Call, Rpc } from './rpc.js'
import { wrong } from './wire.js'
import { addressAt, uintAt } from './words.js'

/** Selectors of ERC-721 `ownerOf(uint256)` and ERC-1155 `balanceOf(address,uint256)`. */
const OWNER_OF = '0x6352211e'
const BALANCE_OF = '0x00fdd58e'
const DATA = /^0x(?:[0-9a-f]{2})*$/

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
  const calls = questions.map(
    (question): Call => ({
      method: 'eth_call',
      mayRevert: true,
      params: [{ to: question.contract, data: callData(question) }, `0x${block.toString(16)}`],
    }),
  )
  const answers = await rpc.batch(calls)
  return questions.map(({ account }, index) => {
    const answer = answers[index]
    if (answer === null) return null
    if (typeof answer !== 'string' || !DATA.test(answer)) throw wrong(rpc.endpoint.name, 'a call did not give data')
    return decode(answer, account === null)
  })
}

function callData({ tokenId, account }: HoldingQuestion): string {
  if (tokenId === null) throw new FtError('internal', 'a token of an EVM contract is asked for by its id')
  const id = tokenId.toString(16).padStart(64, '0')
  return account === null ? `${OWNER_OF}${id}` : `${BALANCE_OF}${account.slice(2).padStart(64, '0')}${id}`
}

/** The owner or balance in the data of an answer; null for anything that a token contract would not give. */
function decode(data: string, isOwner: boolean): string | null {
  try {
    if (!isOwner) return uintAt(data, 0).toString()
    const owner = addressAt(data, 0)
    return owner === EVM_ZERO ? null : owner
  } catch (error) {
    if (isFtError(error, 'event_undecodable')) return null
    throw error
  }
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
    if (isFtError(error) && typeof error.details['rpcCode'] === 'number' && error.code !== 'rate_limited') return null
    throw error
  }
}

async function haveCode(rpc: Rpc, contracts: readonly string[], block: number): Promise<boolean> {
  const place = `0x${block.toString(16)}`
  const codes = await rpc.batch(contracts.map((address) => ({ method: 'eth_getCode', params: [address, place] })))
  return codes.some((code) => {
    if (typeof code !== 'string') throw wrong(rpc.endpoint.name, 'eth_getCode did not give code')
    return code.length > 2
  })
}
