import { FtError, isFtError } from '../../core/errors.js'
import { linkSignals, untilAborted } from '../abort.js'
import type { BlockHeader } from '../adapter.js'
import { plain, readHeader } from './read.js'
import type { Rpc } from './rpc.js'
import { type EvmHeader, parseHeader } from './wire.js'

/*
 * The head, and the block that the same node calls safe. The second is information and nothing else: where a node serves the tag, both come in one
 * request; whether it does is found out beside the reading, and nothing waits for that. One that does not serve it is asked again after a minute,
 * and after twice as long each time that it still does not, up to an hour: nodes are replaced behind the same address.
 */

/** The newest block of an endpoint, and the newest one that it calls safe; null where it names none. */
export interface Head {
  readonly head: EvmHeader
  readonly safe: BlockHeader | null
}

interface SafeTag {
  isServed: boolean
  /** Answers in a row without such a block. */
  misses: number
  /** Not to be asked before this time (performance.now() milliseconds). */
  askAt: number
}

const FIRST_PAUSE_MS = 60_000
const LONGEST_PAUSE_MS = 3_600_000
/** Then the head is asked for alone. */
const LATE_MS = 3_000

/** A function that reads the head of an endpoint, and remembers of each whether it serves the tag. */
export function headReader(): (rpc: Rpc) => Promise<Head> {
  const tags = new Map<string, SafeTag>()
  return async (rpc) => {
    const { name } = rpc.endpoint
    const tag = tags.get(name) ?? { isServed: false, misses: 0, askAt: 0 }
    tags.set(name, tag)
    return await readHead(rpc, tag)
  }
}

async function readHead(rpc: Rpc, tag: SafeTag): Promise<Head> {
  if (tag.isServed) {
    const both = await ask(rpc, tag)
    if (both !== null) return both
  }
  const head = await readHeader(rpc, 'latest')
  if (!tag.isServed && performance.now() >= tag.askAt) {
    tag.askAt = Infinity
    void ask(rpc, tag)
  }
  return { head, safe: null }
}

/** Null when it fails, for whatever reason: to ask for the head alone says what that is. Whoever observes the endpoint hears of it. */
async function ask(rpc: Rpc, tag: SafeTag): Promise<Head | null> {
  const limit = linkSignals([], LATE_MS)
  try {
    const both = await untilAborted(headAndSafe(rpc), limit.signal)
    note(tag, both.safe !== null)
    return both
  } catch {
    note(tag, false)
    return null
  } finally {
    limit.release()
  }
}

function note(tag: SafeTag, isServed: boolean): void {
  tag.isServed = isServed
  tag.misses = isServed ? 0 : tag.misses + 1
  tag.askAt = performance.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tag.misses - 1))
}

async function headAndSafe(rpc: Rpc): Promise<Head> {
  const { name } = rpc.endpoint
  const [latest, safe] = await rpc.batch([
    { method: 'eth_getBlockByNumber', params: ['latest', false] },
    { method: 'eth_getBlockByNumber', params: ['safe', false], mayFail: true },
  ])
  const head = parseHeader(name, latest)
  if (head === null) throw new FtError('block_unknown', `${name} has no head`, { details: { endpoint: name } })
  return { head, safe: safeBelow(head, name, safe) }
}

/** Null also for an answer that cannot be right: one that is malformed, above the head, or another block in the place of the head. */
function safeBelow(head: EvmHeader, endpoint: string, answer: unknown): BlockHeader | null {
  try {
    const safe = parseHeader(endpoint, answer)
    if (safe === null || safe.number > head.number) return null
    return safe.number === head.number && safe.hash !== head.hash ? null : plain(safe)
  } catch (error) {
    if (isFtError(error, 'rpc_invalid')) return null
    throw error
  }
}
