import { messageOf } from '../../core/errors.js'
import { isTooLong } from '../http.js'
import type { MethodAnswer, TonApi } from './client.js'
import type { Item } from './payload.js'
import { addressAt, intAt } from './stack.js'

/** What an account says when it is asked whether it is an item, and what its collection says to that. */
export type ItemAnswer =
  | { readonly item: Item; readonly owner: string | null }
  | { readonly item: null; readonly reason: string; readonly isNft: boolean }

/** Exit code of a get-method that a contract does not have. */
const NO_METHOD = 11

/**
 * Whether an account is an item of the collection that it names: the collection's own get_nft_address_by_index must lead back to it,
 * because anybody can deploy a contract that claims anything. An item that names none is its own witness. An item that says that
 * it is not initialised has no owner yet, whatever it answers beside that (TEP-62).
 * @throws FtError as ChainAdapter lists them; `isUnreadable` when no endpoint can run its methods
 */
export async function askItem(api: TonApi, account: string): Promise<ItemAnswer> {
  const data = await ask(api, account, 'get_nft_data')
  if (data.stack === null) {
    return { item: null, reason: `not an item: get_nft_data: ${data.reason}`, isNft: false }
  }
  const [init, index] = [intAt(data.stack, 0), intAt(data.stack, 1)]
  const [collection, owner] = [addressAt(data.stack, 2), addressAt(data.stack, 3)]
  if (init === undefined || index === undefined || collection === undefined || owner === undefined) {
    return { item: null, reason: 'not an item: get_nft_data gives something else', isNft: false }
  }
  if (init === 0n) return { item: null, reason: 'not initialised (get_nft_data: init? = 0)', isNft: true }
  if (index < 0n || index >= 2n ** 256n) return { item: null, reason: `index ${index} is out of range`, isNft: true }
  const denial = collection === null ? null : await denialOf(api, collection, index, account)
  if (denial !== null) return { item: null, reason: denial, isNft: true }
  return { item: { address: account, collection, index: index.toString() }, owner }
}

/** Why an item does not belong to the collection; null when it does. @throws as askItem */
export async function denialOf(api: TonApi, collection: string, index: bigint, item: string): Promise<string | null> {
  const answer = await ask(api, collection, 'get_nft_address_by_index', [`0x${index.toString(16)}`])
  if (answer.stack === null) return `the collection ${collection} does not answer: ${answer.reason}`
  return addressAt(answer.stack, 0) === item ? null : `the collection ${collection} has another item at index ${index}`
}

/** A contract that answers more than is read of anybody must not stop the network: when the endpoint answers other questions, it is none. */
async function ask(api: TonApi, account: string, name: string, args: readonly string[] = []): Promise<MethodAnswer> {
  try {
    return await api.method(account, name, args)
  } catch (error) {
    if (!isTooLong(error)) throw error
    await api.masterchainHead()
    return { stack: null, exitCode: null, reason: messageOf(error) }
  }
}

/** Whether code without get_nft_data was asked: such code is never an item's, and need not be asked again. */
export function lacksMethod(answer: ItemAnswer): boolean {
  return answer.item === null && !answer.isNft && answer.reason.endsWith(`exit code ${NO_METHOD}`)
}
