import { addressWord, word } from './hexWords.js'
import {
  accounts,
  BATCH,
  collections,
  ERC20,
  ERC721,
  ERC721_COLLECTIONS,
  erc20Tokens,
  type LogKind,
  logKinds,
  ORDER,
  SEAPORT_1_6,
  SEAPORT_INDEX,
  SINGLE,
} from './shape.js'

/** A log before it has a place: kind, number of the emitter (`shape.ts`), topics after topic0, data without `0x`. */
export interface DraftLog {
  readonly kind: LogKind
  readonly emitter: number
  readonly topics: readonly string[]
  readonly data: string
}

/** Accounts are indices; -1 is nobody (the zero address). */
export interface Movement {
  readonly collection: number
  readonly from: number
  readonly to: number
  readonly tokenId: number
  readonly quantity: number
}

const ZERO_WORD = word(0)
const ZERO_TOPIC = `0x${ZERO_WORD}`
const accountTopics = accounts.map((account) => `0x${addressWord(account)}`)

export function transferLog({ collection, from, to, tokenId }: Movement): DraftLog {
  const topics = [accountTopic(from), accountTopic(to), `0x${word(tokenId)}`]
  return { kind: ERC721, emitter: collection, topics, data: '' }
}

export function singleLog({ collection, from, to, tokenId, quantity }: Movement): DraftLog {
  return { kind: SINGLE, emitter: collection, topics: operated(from, to), data: word(tokenId) + word(quantity) }
}

/** A TransferBatch: the movements share collection and accounts. */
export function batchLog(movements: readonly Movement[]): DraftLog {
  const [first] = movements
  if (first === undefined) throw new RangeError('a batch needs a movement')
  const { length } = movements
  const ids = movements.map(({ tokenId }) => word(tokenId)).join('')
  const values = movements.map(({ quantity }) => word(quantity)).join('')
  const data = word(64) + word(64 + 32 * (length + 1)) + word(length) + ids + word(length) + values
  return { kind: BATCH, emitter: first.collection, topics: operated(first.from, first.to), data }
}

export function erc20Log(token: number, from: number, to: number, amount: number): DraftLog {
  const topics = [accountTopic(from), accountTopic(to)]
  return { kind: ERC20, emitter: collections.length + token, topics, data: word(amount) }
}

/**
 * OrderFulfilled of Seaport 1.6 for a movement: a listing that was bought in the native currency (the seller is the offerer),
 * or an offer in an ERC-20 that was accepted (the buyer is). 2.5 % go to the first account as fee.
 */
export function orderLog(movement: Movement, orderHash: string, price: bigint, side: 'listing' | 'offer'): DraftLog {
  const { from, to } = movement
  const [offerer, recipient] = side === 'listing' ? [from, to] : [to, from]
  const fee = (price * 25n) / 1000n
  const nft = nftWords(movement)
  const pays = (amount: bigint): string => moneyWords(side) + word(amount)
  const offer = side === 'listing' ? [nft] : [pays(price)]
  const consideration =
    side === 'listing'
      ? [pays(price - fee) + accountWord(from), pays(fee) + accountWord(0)]
      : [nft + accountWord(to), pays(fee) + accountWord(0)]
  const data = [
    ...[orderHash, accountWord(recipient), word(128), word(128 + 32 + 128 * offer.length)],
    ...[word(offer.length), ...offer, word(consideration.length), ...consideration],
  ].join('')
  return { kind: ORDER, emitter: SEAPORT_INDEX, topics: [accountTopic(offerer), ZERO_TOPIC], data }
}

/** Item type, token, identifier, amount of an NFT. */
function nftWords({ collection, tokenId, quantity }: Movement): string {
  const type = collection < ERC721_COLLECTIONS ? 2 : 3
  return word(type) + addressWord(collections[collection] ?? '0x') + word(tokenId) + word(quantity)
}

/** Item type, token, identifier of a currency. */
function moneyWords(side: 'listing' | 'offer'): string {
  return side === 'listing' ? ZERO_WORD.repeat(3) : word(1) + addressWord(erc20Tokens.at(-1) ?? '0x') + ZERO_WORD
}

function operated(from: number, to: number): string[] {
  return [accountTopic(from < 0 ? to : from), accountTopic(from), accountTopic(to)]
}

function accountTopic(account: number): string {
  return accountTopics[account] ?? ZERO_TOPIC
}

function accountWord(account: number): string {
  return accountTopic(account).slice(2)
}

/** The place of a log: what all logs of a block share, and its own. */
export interface LogPlace {
  readonly blockNumber: string
  readonly blockHash: string
}

/** The JSON text of a log, as go-ethereum orders its fields. ASCII. */
export function logJson(log: DraftLog, block: LogPlace, txHash: string, txIndex: number, logIndex: number): string {
  const { topic0 } = logKinds[log.kind]
  return `{"address":"${emitterAddress(log.emitter)}","topics":["${topic0}","${log.topics.join('","')}"],"data":"0x${log.data}","blockNumber":"${block.blockNumber}","transactionHash":"${txHash}","transactionIndex":"0x${txIndex.toString(16)}","blockHash":"${block.blockHash}","logIndex":"0x${logIndex.toString(16)}","removed":false}`
}

function emitterAddress(emitter: number): string {
  return collections[emitter] ?? erc20Tokens[emitter - collections.length] ?? SEAPORT_1_6
}
