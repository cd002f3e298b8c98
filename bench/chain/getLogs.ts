import { z } from 'zod'
import type { BenchChain } from './chain.js'
import { quantity } from './hexWords.js'
import { Refusal } from './refusal.js'
import { emitters, logKinds } from './shape.js'
import type { StoredBlock } from './store.js'

const oneOrMore = z.union([z.string(), z.array(z.string())])
const query = z.object({
  fromBlock: z.string().optional(),
  toBlock: z.string().optional(),
  blockHash: z.string().optional(),
  address: oneOrMore.nullish(),
  topics: z.array(oneOrMore.nullable()).optional(),
})
type Query = z.infer<typeof query>

/** Limits of a provider: blocks and logs per request. */
export interface Limits {
  readonly maxBlocks: number
  readonly maxLogs: number
}

/** The JSON texts of the logs, to be joined by commas; and how many logs they are. */
export interface LogsAnswer {
  readonly parts: readonly Buffer[]
  readonly count: number
}

/** Which logs match: by kind, and by emitter (null: all). */
interface Match {
  readonly kinds: readonly boolean[]
  readonly emitters: readonly boolean[] | null
}

/**
 * Answers eth_getLogs with the limits and messages of Infura. Logs with fewer topics than the filter has positions are left out,
 * as go-ethereum does.
 * @throws Refusal
 */
export function getLogs(chain: BenchChain, param: unknown, limits: Limits): LogsAnswer {
  const parsed = query.safeParse(param)
  if (!parsed.success) throw new Refusal(-32602, 'invalid argument 0: not a filter')
  const blocks = blocksOf(chain, parsed.data, limits)
  const match = matchOf(parsed.data)
  const whole = wholeSections(match)
  const parts: Buffer[] = []
  let count = 0
  for (const block of blocks) {
    const found = whole === null ? 0 : whole.reduce((sum, section) => sum + (block.sections[section]?.count ?? 0), 0)
    if (whole === null) count += pickLogs(chain, block, match, parts)
    else if (found > 0) count += takeSections(chain, block, whole, parts)
    if (count > limits.maxLogs && parsed.data.blockHash === undefined) throw tooMany(blocks, block, limits)
  }
  return { parts, count }
}

function blocksOf(chain: BenchChain, { blockHash, fromBlock, toBlock }: Query, { maxBlocks }: Limits): StoredBlock[] {
  if (blockHash !== undefined) {
    const block = chain.byHash(blockHash.toLowerCase())
    if (block === undefined) throw new Refusal(-32000, 'unknown block')
    return [block]
  }
  const from = heightOf(chain, fromBlock)
  const to = Math.min(heightOf(chain, toBlock), chain.head.number)
  if (from > to) throw new Refusal(-32000, 'invalid block range params')
  if (to - from >= maxBlocks) throw new Refusal(-32602, `range ${to - from + 1} exceeds limit of ${maxBlocks}`)
  return Array.from({ length: to - from + 1 }, (_, index) => chain.block(from + index)).filter(
    (block) => block !== undefined,
  )
}

function heightOf(chain: BenchChain, tag: string | undefined): number {
  if (tag === undefined || !tag.startsWith('0x')) return tag === 'earliest' ? 0 : chain.head.number
  return Number(tag)
}

function matchOf({ address, topics = [] }: Query): Match {
  const [first, ...others] = topics
  if (others.some((topic) => topic !== null)) throw new Refusal(-32602, 'this chain filters by topic0 only')
  const wanted = listOf(first)
  const from = listOf(address)
  return {
    kinds: logKinds.map((kind) => (wanted === null || wanted.includes(kind.topic0)) && kind.topics >= topics.length),
    emitters: from === null ? null : emitters.map((emitter) => from.includes(emitter)),
  }
}

function listOf(value: string | string[] | null | undefined): string[] | null {
  if (value === null || value === undefined) return null
  return (Array.isArray(value) ? value : [value]).map((item) => item.toLowerCase())
}

/**
 * The sections that a filter takes as a whole, when it can be answered by sections and they are in log order (ERC-20 comes
 * last; movements and orders are mixed); null when logs must be looked at one by one.
 */
function wholeSections({ kinds, emitters: from }: Match): readonly number[] | null {
  const [erc721, single, batch, order, erc20] = kinds
  if (order === true && !erc721 && !single && !batch && !erc20 && from?.at(-1) !== false) return [1]
  if (from !== null && !from.slice(0, 50).every(Boolean)) return null
  const isAll = erc721 === true && single === true && batch === true && order !== true
  if (!isAll) return null
  if (erc20 !== true) return [0]
  return from === null ? [0, 2] : from.slice(50, 53).every(Boolean) ? [0, 2] : null
}

function takeSections(chain: BenchChain, block: StoredBlock, sections: readonly number[], parts: Buffer[]): number {
  let count = 0
  for (const index of sections) {
    const section = block.sections[index]
    if (section === undefined || section.count === 0) continue
    parts.push(chain.file.read(block.offset + section.start, section.end - section.start))
    count += section.count
  }
  return count
}

function pickLogs(chain: BenchChain, block: StoredBlock, { kinds, emitters: from }: Match, parts: Buffer[]): number {
  const found: number[] = []
  for (const [index, kind] of block.kinds.entries()) {
    if (kinds[kind] === true && (from === null || from[block.emitters[index] ?? 0] === true)) found.push(index)
  }
  if (found.length === 0) return 0
  const text = chain.file.read(block.offset, block.length)
  for (const index of found) parts.push(text.subarray(block.starts[index], block.ends[index]))
  return found.length
}

function tooMany(blocks: readonly StoredBlock[], full: StoredBlock, { maxLogs }: Limits): Refusal {
  const from = blocks[0]?.number ?? 0
  const range = `[${quantity(from)}, ${quantity(Math.max(from, full.number - 1))}]`
  return new Refusal(-32005, `query returned more than ${maxLogs} results. Try with this block range ${range}.`)
}
