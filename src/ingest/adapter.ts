import type {
  BlockRef,
  HoldingQuestion,
  MetadataQuestion,
  MetadataSource,
  MetadataUpdate,
  Parser,
  RawEvent,
  StandardQuestion,
} from '../core/events.js'

/*
 * The whole contract of a chain. To add a chain, implement this interface in a folder of its own; nothing else of the system
 * knows which chain it talks to.
 *
 * Every method throws FtError with one of these codes, and no partial answer is ever a success:
 *   range_too_large  details.hint?: { from, to } or { maxBlocks }: ask for less
 *   rate_limited     details.retryAfterMs?: wait
 *   block_unknown    the block is not there (yet), or no longer
 *   rpc_transient    connection, timeout, 5xx: try again, or elsewhere
 *   rpc_invalid      well-formed but contradictory or malformed answer: try elsewhere, never believe it
 *   rpc_fatal        trying again cannot help (unauthorized, method missing)
 *   wrong_chain      the endpoint serves another chain than the configuration says
 */

/** A block header as the ledger needs it. Hashes are `0x` and lower-case hex; `time` in seconds since 1970. */
export interface BlockHeader extends BlockRef {
  readonly parentHash: string
}

/** The newest block of a chain. */
export interface ChainHead extends BlockHeader {
  /**
   * The newest block that whoever named the head calls safe: on the branch of that head, and not above it. It can go back in a fork. Absent where
   * the chain or the endpoint has no such notion, or did not say; nothing may wait or fail for it.
   */
  readonly safe?: BlockHeader
}

/** A raw event as the adapter gives it: everything but the fork number, which ingestion assigns. */
export interface ChainEvent {
  readonly sourceEventId: string
  readonly position: number
  readonly txHash: string
  readonly contract: string
  readonly payload: RawEvent['payload']
  /** Most movements that it stands for, where that can be more than one: work and memory follow these, not the number of events. */
  readonly movements?: number
}

/** A block with its NFT events in chain order. */
export interface ChainBlock {
  readonly header: BlockHeader
  readonly events: readonly ChainEvent[]
}

/** The answer to a range: all blocks of [from, to] that have events, ascending, and always the header of `to`. */
export interface ChainRange {
  readonly from: number
  readonly to: number
  readonly blocks: readonly ChainBlock[]
  readonly last: BlockHeader
}

/** A block that was read a second way. `complete`: what is not in it is not on the chain; else absence proves nothing. */
export interface Reread {
  readonly block: ChainBlock
  readonly complete: boolean
}

export interface ChainAdapter {
  /** Name of the network, `polygon`. */
  readonly network: string
  /**
   * Connects to every endpoint and checks that it serves the configured chain. Gives the hash of the chain's first block, which tells
   * chains with the same id apart; null where no endpoint has that block any more.
   * @throws FtError wrong_chain naming endpoint, expected and found id
   */
  start(): Promise<string | null>
  /** The newest block that a reader may expect to be able to read. */
  head(): Promise<ChainHead>
  /**
   * The newest block that the chain itself calls final, and with several endpoints that two of them do; null where the chain or the
   * endpoints have no such notion (the depth rule decides then).
   * @throws FtError rpc_transient when the endpoints contradict each other
   */
  finalized(): Promise<BlockHeader | null>
  /** One block with its events, read so that header and events are of the same block. Live reading. */
  block(number: number): Promise<ChainBlock>
  /**
   * The header of the canonical block at a height, to look for a fork's common ancestor: where several endpoints answer, what most of
   * them say. Endpoints that are outvoted are left alone for a while.
   * @throws FtError rpc_transient when no majority agrees
   */
  header(number: number): Promise<BlockHeader>
  /**
   * A final block once more, by another way than `block` and `range` where there is one (another endpoint, another method), with
   * the same events in the same form: to find out what was left out or made up the first time.
   */
  reread(number: number): Promise<Reread>
  /** A range of final blocks, [from, to] inclusive. Backfill. Never ask for blocks above the finalized one. */
  range(from: number, to: number): Promise<ChainRange>
  /**
   * The same with what moves the tokens of these contracts and nothing else, and where there are several endpoints not from the one that is asked
   * first: to find out whether all of it is in the ledger. Null where the chain cannot say what one contract did.
   */
  readonly rangeOf: ((contracts: readonly string[], from: number, to: number) => Promise<ChainRange>) | null
  /**
   * The first block in which one of the configured contracts exists, when the configuration lists contracts and the endpoint can
   * tell; null otherwise. From there on the history of these contracts is complete.
   */
  origin(): Promise<number | null>
  /**
   * What the contracts themselves say at a block: the owner (single-owner standards) or an account's balance, in the order of the
   * questions. A call that the contract refuses (burned, not a token contract) is an answer too: `null`. `again`: a second opinion, where there are
   * several endpoints not from the one that is asked first.
   * @throws FtError block_unknown when the endpoints do not have the state of the block (any more)
   */
  holdings(questions: readonly HoldingQuestion[], block: number, again?: boolean): Promise<readonly (string | null)[]>
  /**
   * Where the metadata of assets is, as of now, in the order of the questions: URIs as the contracts give them, with the token's id put in where
   * the standard says so.
   */
  metadata(questions: readonly MetadataQuestion[]): Promise<readonly MetadataSource[]>
  /**
   * What contracts say in final blocks [from, to] of metadata that has changed; null where the chain has no words for it. Nobody has to say it, and
   * it need not be true.
   */
  readonly metadataUpdates: ((from: number, to: number) => Promise<readonly MetadataUpdate[]>) | null
  /**
   * Whether the contracts themselves say, at a block, that they follow the standard that their events have, in the order of the questions.
   * A contract that refuses to say, or says nothing that can be understood, does not. It is never worth waiting for: each endpoint is tried once.
   */
  confirms(questions: readonly StandardQuestion[], block: number): Promise<readonly boolean[]>
  /** How collections call themselves at a block, in their order; null where one does not say. Not worth waiting for either. */
  names(collections: readonly string[], block: number): Promise<readonly (string | null)[]>
  /** Calls `onHead` when a new head is announced, where the chain pushes; gives null where it must be polled. */
  watch(onHead: () => void): Promise<{ stop(): Promise<void> } | null>
  /** What the events mean. */
  readonly parse: Parser
  close(): Promise<void>
}
