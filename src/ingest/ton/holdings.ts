import { isTonBurnAddress } from '../../core/address.js'
import type { HoldingQuestion } from '../../core/events.js'
import type { TonApi } from './client.js'
import { askItem } from './items.js'
import { nextGiver } from './owners.js'
import { isUnreadable } from './refusals.js'

/**
 * The owners that items name (get_nft_data), as of a logical time. Get-methods know the present only: for an item with later
 * transactions, who lost it first after that time is who owned it then. Those are looked for after the present was asked for, which may
 * take minutes: what moves meanwhile is among them. An item that no endpoint can read names nobody.
 * @throws FtError as ChainAdapter lists them
 */
export async function readHoldings(
  api: TonApi,
  questions: readonly HoldingQuestion[],
  lt: bigint,
): Promise<readonly (string | null)[]> {
  const items = [...new Set(questions.map(({ contract }) => contract))]
  const owners = new Map(await Promise.all(items.map(async (item) => [item, await ownerNow(api, item)] as const)))
  const unread = new Set<string>()
  const accounts = await api.accounts(items, (one) => unread.add(one))
  const later = new Set(accounts.filter((one) => one.last_transaction_lt > lt).map(({ address }) => address))
  return Promise.all(
    questions.map(async ({ contract }) => {
      if (unread.has(contract)) return null
      const giver = later.has(contract) ? await readable(nextGiver(api, contract, lt)) : null
      return giver ?? owners.get(contract) ?? null
    }),
  )
}

async function ownerNow(api: TonApi, item: string): Promise<string | null> {
  const answer = await readable(askItem(api, item))
  const owner = answer?.item == null ? null : answer.owner
  // Accounts that tokens are burned by being sent to own nothing.
  return owner === null || isTonBurnAddress(owner) ? null : owner
}

async function readable<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (isUnreadable(error)) return null
    throw error
  }
}
