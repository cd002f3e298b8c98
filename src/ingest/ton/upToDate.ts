import { FtError } from '../../core/errors.js'
import type { TonApi } from './client.js'
import { isUnreadable } from './refusals.js'
import type { TonAccount, TonTransaction } from './wire.js'

/*
 * Behind one address are many servers, and the one that is asked about an account may be some blocks behind the one that gave the
 * block. Its answer is not false but old: an item that was just minted does not exist yet. That shows, because blocks tell which accounts
 * there are.
 */

/** For how long, by the chain's own time, an old answer is taken for the word of a server that lags; in seconds. */
const LAG_S = 30
const MOST_REMEMBERED = 50_000

/** The logical time of the last transaction of accounts that it left active, as far as blocks were read; the oldest are forgotten. */
export class LastSeen {
  readonly #lt = new Map<string, bigint>()

  note(transactions: readonly TonTransaction[]): void {
    for (const { account, lt, end_status, destroyed } of transactions) {
      if ((this.#lt.get(account.address) ?? 0n) > lt) continue
      this.#lt.delete(account.address)
      if (end_status === 'active' && !destroyed) this.#lt.set(account.address, lt)
    }
    for (const oldest of this.#lt.keys()) {
      if (this.#lt.size <= MOST_REMEMBERED) return
      this.#lt.delete(oldest)
    }
  }

  of(account: string): bigint | undefined {
    return this.#lt.get(account)
  }
}

/**
 * The same API, whose answers about accounts are not older than what `seen` knows of them. `time` is that of the block that is read, in
 * Unix seconds. An account that is gone since, or that stays unknown while the chain goes on, is as it is told.
 * @throws FtError block_unknown where the endpoint is behind
 */
export function upToDate(api: TonApi, seen: LastSeen, time: number): TonApi {
  const looks = new Map<string, Promise<void>>()
  const refuseOld = (account: string, lt: bigint): Promise<void> => {
    const known = looks.get(account) ?? look(account, lt)
    looks.set(account, known)
    return known
  }
  const look = async (account: string, lt: bigint): Promise<void> => {
    const later = await api.history(account, { afterLt: lt - 1n }, 100)
    const last = later.reduce<TonTransaction | null>((one, other) => (one && one.lt > other.lt ? one : other), null)
    if (last !== null && (last.end_status !== 'active' || last.destroyed)) return
    if ((await api.masterchainHead()).gen_utime - time >= LAG_S) return
    const { name } = api.endpoint
    throw new FtError('block_unknown', `${name} does not know account ${account} as of logical time ${lt} yet`, {
      details: { endpoint: name },
    })
  }
  return {
    ...api,
    accounts: async (addresses, onUnreadable) => {
      const unread = new Set<string>()
      const found = await api.accounts(addresses, onUnreadable && told(unread, onUnreadable))
      const known = new Map(found.map((account) => [account.address, account]))
      await Promise.all(
        addresses.map(async (address) => {
          const lt = seen.of(address)
          if (unread.has(address) || lt === undefined || !isOlder(known.get(address), lt)) return
          try {
            await refuseOld(address, lt)
          } catch (error) {
            if (onUnreadable === undefined || !isUnreadable(error)) throw error
            onUnreadable(address, error)
          }
        }),
      )
      return found
    },
    method: async (account, name, args) => {
      const answer = await api.method(account, name, args)
      const lt = seen.of(account)
      if (answer.stack === null && answer.exitCode === null && lt !== undefined) await refuseOld(account, lt)
      return answer
    },
  }
}

function told(unread: Set<string>, onUnreadable: (address: string, error: FtError) => void) {
  return (address: string, error: FtError): void => {
    unread.add(address)
    onUnreadable(address, error)
  }
}

function isOlder(account: TonAccount | undefined, lt: bigint): boolean {
  return account === undefined || account.last_transaction_lt < lt
}
