import { z } from 'zod'
import { FtError } from '../core/errors.js'
import { type DevAction, encodeAction } from './actions.js'
import { blockActions } from './activity.js'
import type { DevBlock } from './blocks.js'
import type { DevChain } from './chain.js'
import { approvals, type DevContracts, deployments } from './contracts.js'
import type { DevTransaction } from './journal.js'
import { encodeSeaport, isSeaportAction } from './seaport/actions.js'
import { SEAPORT, seaportCode } from './seaport/contract.js'
import { orderSigner } from './seaport/sign.js'
import { Truth } from './truth.js'
import { readTruth } from './truthFromLogs.js'

const receipts = z.array(z.object({ status: z.string() }))

export interface NetworkParts {
  readonly chain: DevChain
  readonly contracts: DevContracts
  /** The first is the deployer and the only one who may mint. */
  readonly accounts: readonly [string, ...string[]]
  readonly chainId: number
  readonly seed: number
  /** Time of the block at a height, seconds since 1970. */
  readonly clock: (height: number) => number
}

/** The contracts on a development chain, what is done to them, and what must be true after it. One caller at a time. */
export class EvmNetwork {
  readonly #parts: NetworkParts
  #truth: Truth

  private constructor(parts: NetworkParts, truth: Truth) {
    this.#parts = parts
    this.#truth = truth
  }

  /** Deploys the contracts unless the chain has them, and learns who owns what. */
  static async open(parts: NetworkParts): Promise<EvmNetwork> {
    const network = new EvmNetwork(parts, new Truth(parts.contracts))
    const places = [parts.contracts.erc20, SEAPORT]
    const [token, seaport] = await parts.chain.rpc(...places.map((place) => ['eth_getCode', place, 'latest'] as const))
    // A chain from before there was Seaport has the tokens alone.
    if (seaport === '0x') await network.#deploy(token === '0x')
    network.#truth = await readTruth(parts.chain.rpc, parts.contracts)
    return network
  }

  /** Who owns what at the head. Not to be changed. */
  get truth(): Truth {
    return this.#truth
  }

  /** @throws FtError devnet_failed when a contract refused an action; the block is mined then, without its effect */
  async mine(actions: readonly DevAction[], notBefore = 0): Promise<DevBlock> {
    const { chain, accounts, contracts, clock, chainId } = this.#parts
    const sign = orderSigner(chain.rpc, chainId)
    const transactions = await this.#withNonces(
      await Promise.all(
        actions.map(async (action) =>
          isSeaportAction(action) ? await encodeSeaport(action, sign) : encodeAction(action, accounts[0]),
        ),
      ),
    )
    const parent = chain.head()
    const block = await chain.mine(transactions, Math.max(clock(parent.number + 1), parent.time, notBefore))
    const [answer] = await chain.rpc(['eth_getBlockReceipts', block.hash])
    const statuses = receipts.parse(answer).map(({ status }) => status)
    if (statuses.length === actions.length && !statuses.includes('0x0')) {
      for (const action of actions) this.#truth.apply(action)
      // What a counter was raised to only the chain knows.
      if (actions.some(({ kind }) => kind === 'void')) this.#truth = await readTruth(chain.rpc, contracts)
      return block
    }
    this.#truth = await readTruth(chain.rpc, contracts)
    const refused = statuses.indexOf('0x0')
    if (refused < 0) return block
    throw new FtError(
      'devnet_failed',
      `a contract refused action ${refused} (${actions[refused]?.kind}) of block ${block.number}`,
    )
  }

  async mineActivity(blocks: number): Promise<DevBlock> {
    const { chain, seed, contracts, accounts } = this.#parts
    for (let left = blocks; left > 0; left -= 1) {
      await this.mine(blockActions({ contracts, accounts, seed }, chain.head().number + 1, this.#truth))
    }
    return chain.head()
  }

  async reorg(depth: number, replacement: readonly (readonly DevAction[])[]): Promise<DevBlock> {
    const { chain, contracts } = this.#parts
    const removed = chain.head()
    await chain.rollback(removed.number - depth)
    this.#truth = await readTruth(chain.rpc, contracts)
    // Later than any removed block: an empty block with the old time would have the old hash.
    for (const actions of replacement) await this.mine(actions, removed.time + 1)
    return chain.head()
  }

  /** Seaport, where it is on every chain, and its allowance of every account; before it the tokens, unless they are there. */
  async #deploy(tokens: boolean): Promise<void> {
    const { chain, accounts, contracts, clock } = this.#parts
    await chain.place(await seaportCode(chain.rpc))
    const creations = tokens ? deployments().map(({ data }) => ({ from: accounts[0], data })) : []
    const allowances = accounts.flatMap((from) => approvals(contracts, SEAPORT).map((call) => ({ from, ...call })))
    await chain.mine(
      await this.#withNonces([...creations, ...allowances]),
      Math.max(chain.head().time, clock(chain.head().number + 1)),
    )
  }

  async #withNonces(transactions: readonly Omit<DevTransaction, 'nonce'>[]): Promise<DevTransaction[]> {
    const senders = [...new Set(transactions.map(({ from }) => from))]
    const counts = await this.#parts.chain.rpc(
      ...senders.map((sender) => ['eth_getTransactionCount', sender, 'latest'] as const),
    )
    const next = new Map(senders.map((sender, index) => [sender, Number(counts[index])]))
    return transactions.map((transaction) => {
      const nonce = next.get(transaction.from) ?? 0
      next.set(transaction.from, nonce + 1)
      return { ...transaction, nonce: `0x${nonce.toString(16)}` }
    })
  }
}
