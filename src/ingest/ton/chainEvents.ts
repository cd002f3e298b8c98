import { uuidv5 } from '../../core/ids.js'
import type { ChainEvent } from '../adapter.js'
import type { TonApi } from './client.js'
import { type Candidate, inquire, type Knowledge } from './evidence.js'
import { type Evidence, payloadOf } from './payload.js'
import type { Seqno } from './read.js'
import { lookOf } from './select.js'
import { upToDate } from './upToDate.js'
import type { TonTransaction } from './wire.js'

/**
 * The events of a seqno, in the order of its transactions. A transaction of one account is one event: network, account and logical
 * time name it. Its position is its rank among all transactions of the seqno, because two accounts may share a logical time; the
 * rank does not depend on what is selected.
 * @throws FtError as ChainAdapter lists them
 */
export async function chainEvents(
  api: TonApi,
  globalId: number,
  knowledge: Knowledge,
  { transactions }: Pick<Seqno, 'transactions'>,
): Promise<ChainEvent[]> {
  const candidates: (Candidate & { readonly rank: number })[] = []
  transactions.forEach((transaction, rank) => {
    const look = lookOf(transaction)
    if (look !== null) candidates.push({ transaction, look, rank })
  })
  knowledge.lastSeen.note(transactions)
  if (candidates.length === 0) return []
  const time = Math.max(...candidates.map(({ transaction }) => transaction.utime))
  const fresh = upToDate(api, knowledge.lastSeen, time)
  const inquiry = await inquire(fresh, knowledge, candidates, walletsOf(transactions))
  const found = await Promise.all(candidates.map((candidate) => inquiry.evidenceOf(candidate)))
  return candidates.flatMap(({ transaction, rank }, index) => {
    const evidence = found[index] ?? null
    return evidence === null ? [] : [chainEvent(globalId, transaction, rank, evidence)]
  })
}

/** The event of one transaction. */
export function chainEvent(
  globalId: number,
  transaction: TonTransaction,
  rank: number,
  evidence: Evidence,
): ChainEvent {
  const { account, lt, hash } = transaction
  return {
    sourceEventId: uuidv5('ton', globalId, account.address, lt),
    position: rank,
    txHash: `0x${hash}`,
    contract: account.address,
    payload: { ...payloadOf(transaction, evidence) },
  }
}

/** Accounts that TonAPI knows as wallets: they need not be asked whether they are sale contracts. */
function walletsOf(transactions: readonly TonTransaction[]): Set<string> {
  const wallets = new Set<string>()
  for (const { account, in_msg, out_msgs } of transactions) {
    for (const party of [account, in_msg?.source, ...out_msgs.map(({ destination }) => destination)]) {
      if (party?.is_wallet === true) wallets.add(party.address)
    }
  }
  return wallets
}
