import { createHash } from 'node:crypto'
import { createPrng } from '../../src/devnet/prng.js'
import { Activity, type DraftTransaction } from './activity.js'
import { Bloom } from './bloom.js'
import { type Header, headerJson } from './headerJson.js'
import { quantity } from './hexWords.js'
import type { Undo } from './holdings.js'
import { logJson } from './logJson.js'
import { ERC20, emitters, type LogKind, logKinds, ORDER } from './shape.js'
import { LogFile, type Section, type StoredBlock } from './store.js'

/** How many of the newest blocks can be taken back. */
const UNDO_DEPTH = 64
const GENESIS_TIME = 1_700_000_000

/** The measured chain: grows block by block, and can lose its newest ones. The same calls give the same chain for a seed. */
export class BenchChain {
  readonly file = new LogFile()
  readonly activity: Activity
  readonly #seed: number
  readonly #blocks: StoredBlock[] = []
  readonly #byHash = new Map<string, number>()
  readonly #undo: Undo[] = []
  #forks = 0

  constructor(seed: number) {
    this.#seed = seed
    this.activity = new Activity(createPrng(seed))
    this.mine(0, GENESIS_TIME)
  }

  get head(): StoredBlock {
    const head = this.#blocks.at(-1)
    if (head === undefined) throw new RangeError('the chain has no block')
    return head
  }

  block(number: number): StoredBlock | undefined {
    return this.#blocks[number]
  }

  /** The canonical block with a hash. */
  byHash(hash: string): StoredBlock | undefined {
    return this.#blocks[this.#byHash.get(hash) ?? -1]
  }

  /** Adds a block with `events` movements of NFTs at a time in seconds, default 2 after its parent. */
  mine(events: number, time = this.head.time + 2): StoredBlock {
    const { transactions, undo } = this.activity.block(events)
    const number = this.#blocks.length
    const parentHash = this.#blocks.at(-1)?.hash ?? `0x${'0'.repeat(64)}`
    const hash = hashOf('block', this.#seed, this.#forks, number)
    const block = storeBlock(this.file, { number, hash, parentHash, time }, transactions)
    this.#blocks.push(block)
    this.#byHash.set(hash, number)
    this.#undo.push(undo)
    if (this.#undo.length > UNDO_DEPTH) this.#undo.shift()
    return block
  }

  /** Takes the newest `depth` blocks back; what is mined then has other hashes. @throws RangeError beyond 64 blocks */
  rollback(depth: number): StoredBlock {
    if (depth > this.#undo.length || depth >= this.#blocks.length)
      throw new RangeError(`cannot take back ${depth} blocks`)
    for (let left = depth; left > 0; left -= 1) {
      this.#undo.pop()?.()
      this.#byHash.delete(this.#blocks.pop()?.hash ?? '')
    }
    this.#forks += 1
    return this.head
  }
}

function storeBlock(
  file: LogFile,
  header: Omit<Header, 'bloom' | 'transactions'>,
  transactions: readonly DraftTransaction[],
): StoredBlock {
  const bloom = new Bloom()
  const place = { blockNumber: quantity(header.number), blockHash: header.hash }
  const kinds: LogKind[] = []
  const from: number[] = []
  const texts: string[] = []
  for (const [txIndex, logs] of transactions.entries()) {
    const txHash = hashOf('tx', header.hash, txIndex)
    for (const log of logs) {
      texts.push(logJson(log, place, txHash, txIndex, texts.length))
      kinds.push(log.kind)
      from.push(log.emitter)
      bloom.add(emitters[log.emitter] ?? '')
      bloom.add(logKinds[log.kind].topic0)
      for (const topic of log.topics) bloom.add(topic)
    }
  }
  const { text, ...places } = layOut(kinds, texts)
  const whole = { ...header, bloom: bloom.bytes(), transactions: transactions.length }
  const headerLine = headerJson(whole)
  return {
    ...whole,
    headerOffset: file.append(headerLine),
    headerLength: headerLine.length,
    offset: file.append(text),
    length: text.length,
    kinds: Uint8Array.from(kinds),
    emitters: Uint8Array.from(from),
    ...places,
  }
}

/** Section of a kind: movements of NFTs, orders, ERC-20. */
function sectionOf(kind: LogKind): number {
  return kind === ERC20 ? 2 : kind === ORDER ? 1 : 0
}

function layOut(kinds: readonly LogKind[], texts: readonly string[]) {
  const starts = new Uint32Array(texts.length)
  const ends = new Uint32Array(texts.length)
  const parts: string[] = []
  let at = 0
  const sections = [0, 1, 2].map((section): Section => {
    const members = kinds.flatMap((kind, index) => (sectionOf(kind) === section ? [index] : []))
    const start = at
    for (const index of members) {
      const text = texts[index] ?? ''
      starts[index] = at
      ends[index] = at + text.length
      at += text.length + 1
    }
    if (members.length > 0) at -= 1
    parts.push(members.map((index) => texts[index]).join(','))
    return { count: members.length, start, end: at }
  })
  return { text: parts.join(''), starts, ends, sections }
}

function hashOf(...parts: readonly (string | number)[]): string {
  return `0x${createHash('sha256').update(parts.join(':')).digest('hex')}`
}
