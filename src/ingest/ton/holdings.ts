import { isTonBurnAddress } from '../../core/address.js'
import type { HoldingQuestion } from '../../core/events.js'
import type { TonApi } from './client.js'
import { askItem } from './items.js'
import { nextGiver } from './owners.js'
import { isUnreadable } from './refusals.js'

/**
 * The owners that items name (get_nft_data), as of a logical time. Get-methods know the present only: for an item with later
 * transactions, who gave it away first after that time is who owned it then. One that no endpoint can read names nobody.
 * @throws FtError as ChainAdapter lists them
 */
export async function readHoldings(
  api: TonApi,
  questions: readonly HoldingQuestion[],
  lt: bigint,
): Promise<readonly (string | null)[]> {
  const unread = new Set<string>()
  const accounts = await api.accounts([...new Set(questions.map(({ contract }) => contract))], (one) => unread.add(one))
  const lastLt = new Map(accounts.map((account) => [account.address, account.last_transaction_lt]))
  return Promise.all(
    questions.map(async ({ contract }) => {
      try {
        return unread.has(contract) ? null : await ownerAt(api, contract, lt, lastLt.get(contract) ?? 0n)
      } catch (error) {
        if (isUnreadable(error)) return null
        throw error
      }
    }),
  )
}

async function ownerAt(api: TonApi, item: string, lt: bigint, lastLt: bigint): Promise<string | null> {
  const giver = lastLt > lt ? await nextGiver(api, item, lt) : null
  if (giver !== null) return giver
  const answer = await askItem(api, item)
  // Accounts that tokens are burned by being sent to own nothing.
  return answer.item === null || answer.owner === null || isTonBurnAddress(answer.owner) ? null : answer.owner
}
