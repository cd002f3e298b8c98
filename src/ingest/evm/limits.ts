import { FtError } from '../../core/errors.js'

/*
 * What providers mean by their error objects. JSON-RPC codes are used for everything and its opposite (-32005 is Infura's
 * "too many results" and others' "slow down"), so the text decides first. Sources of the messages: the providers' pages on
 * eth_getLogs, and the issue trackers of clients that met them (see the table of providers in docs).
 */

/** An error object of a JSON-RPC answer. */
export interface JsonRpcError {
  readonly code: number
  readonly message: string
}

/** A smaller question that would be answered: an inclusive range, or a number of blocks. */
type RangeHint = { readonly from: number; readonly to: number } | { readonly maxBlocks: number }

const SUGGESTED_RANGE =
  /(?:this block range should work|try with this block range)[^[]*\[\s*(0x[0-9a-f]+)\s*,\s*(0x[0-9a-f]+)\s*\]/i

/** Limits with a number of blocks: the first group is the number. */
const COUNTED_LIMITS: readonly RegExp[] = [
  /up to an? ([\d,]+) block range/i, // Alchemy, free tier
  /range [\d,]+ exceeds (?:the )?limit of ([\d,]+)/i, // Infura, Ronin
  /limited to an? ([\d,]+) range/i, // QuickNode
  /limited to ([\d,]+) blocks?/i, // BlockPI
  /ranges over ([\d,]+) blocks are not supported/i, // dRPC
  /max(?:imum)? (?:allowed )?block range[^\d]{0,12}([\d,]+)/i, // publicnode, zkSync
  /block range (?:is )?(?:limited|greater than|larger than|exceeds)[^\d]{0,20}([\d,]+)/i,
  /exceeds? max(?:imum)?(?: allowed)? (?:block )?range[^\d]{0,12}([\d,]+)/i,
  /too many blocks from .{0,50}maximum is set to ([\d,]+)/i, // Avalanche, Flare
  /blocks distance: ([\d,]+)/i, // Cronos, Kava
  /query must be smaller than size ([\d,]+)/i, // Harmony
  /blocks range, the limit is ([\d,]+)/i, // Sonic
  /max range: ([\d,]+)/i, // Cloudflare, Polygon zkEVM
  /number of requested blocks is ([\d,]+)/i, // thirdweb
  /limit the query to at most ([\d,]+) blocks/i, // Coinbase
  /range allowed for your plan \([\d,]+ > ([\d,]+)\)/i, // Blast
]

/** Texts of a limit on range, results, size or time that names no number of blocks. */
const LIMITS: readonly RegExp[] = [
  /block range (?:is )?too (?:wide|large)/i, // Ankr
  /block range limit exceeded/i, // Chainstack
  /range (?:is )?too (?:wide|large|big)/i,
  /response size|response (?:is )?too (?:big|large)|too large a response/i,
  /query returned more than|too many (?:results|logs)|more than [\d,]+ (?:results|logs)|max(?:imum)? (?:results|logs)/i,
  /query (?:timeout|timed out|exceeds)|(?:request|execution) (?:timeout|timed out)|took too long/i,
  /block range|blocks range|range limit/i,
]

const RATE_LIMITED =
  /rate.?limit|too many requests|request limit|throughput|compute units|capacity|requests per second|throttl/i
const BLOCK_UNKNOWN =
  /(?:unknown|missing|cannot find|could not find) (?:block|header)|(?:block|header)[\w -]*not (?:found|available|yet)|invalid block range params/i
const UNAUTHORIZED =
  /unauthorized|unauthenticated|forbidden|access denied|invalid (?:api|project|access).?(?:key|id|token)|api key/i

/** The hint in a provider's message about a range that is too large; undefined when it has none. */
function rangeHint(message: string): RangeHint | undefined {
  const suggested = SUGGESTED_RANGE.exec(message)
  if (suggested !== null) {
    const [from, to] = [Number(suggested[1]), Number(suggested[2])]
    if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && to >= from) return { from, to }
  }
  for (const pattern of COUNTED_LIMITS) {
    const maxBlocks = Number(pattern.exec(message)?.[1]?.replaceAll(',', '') ?? Number.NaN)
    if (Number.isSafeInteger(maxBlocks) && maxBlocks > 0) return { maxBlocks }
  }
  return undefined
}

/** Whether a message speaks of a limit on what one eth_getLogs may ask for. */
function isRangeLimit(message: string): boolean {
  return rangeHint(message) !== undefined || LIMITS.some((pattern) => pattern.test(message))
}

/** A request as far as its errors are concerned: `ranged` marks an eth_getLogs, whose results providers limit. */
export interface AskedFor {
  readonly method: string
  readonly ranged?: boolean
}

/**
 * Our error for an error object of an endpoint, whose message is redacted already. Only a ranged request can be
 * range_too_large; what is not recognised is rpc_transient.
 */
export function providerError(endpoint: string, { method, ranged = false }: AskedFor, error: JsonRpcError): FtError {
  const { code, message } = error
  const text = `${endpoint} answered ${method} with error ${code}: ${message.slice(0, 300)}`
  const details = { endpoint, method, rpcCode: code }
  if (BLOCK_UNKNOWN.test(message) || code === -39001) return new FtError('block_unknown', text, { details })
  if (ranged && isRangeLimit(message)) {
    const hint = rangeHint(message)
    return new FtError('range_too_large', text, { details: hint === undefined ? details : { ...details, hint } })
  }
  if (RATE_LIMITED.test(message) || code === 429 || code === -32005)
    return new FtError('rate_limited', text, { details })
  const isFatal = code === -32601 || code === -32600 || code === -32602 || code === -32004 || UNAUTHORIZED.test(message)
  return new FtError(isFatal ? 'rpc_fatal' : 'rpc_transient', text, { details })
}
