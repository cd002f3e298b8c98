import type { Fact, ParseFailure } from '../../../core/events.js'
import type { EvmLog } from '../log.js'

/**
 * The parser of a marketplace: what its contracts' logs mean, in the words of `core/market.ts`. To add a marketplace, implement this in
 * a file of this folder, name it in `registry.ts`, and give its contracts a row in `core/marketplaces.ts`
 * (docs/adding-a-marketplace.md). Which parser reads a log is decided by the contract's address, never by the topic: forks of a
 * protocol emit the same topics with another meaning.
 */
export interface MarketplaceParser {
  /** Names it in the rows of `core/marketplaces.ts`. */
  readonly protocol: string
  /** topic0 of the events that it reads. */
  readonly topics: readonly string[]
  /** Those of them in which a token's contract is named, so that a list of contracts can choose among them. */
  readonly naming: readonly string[]
  /**
   * The facts of one transaction's logs of this protocol, in the order of the logs. `movements` are the ownership facts of the same
   * transaction: they confirm a sale and say what the log leaves out. They may come before or after it.
   * Must not throw for what a contract emitted: that is a failure with a reason.
   */
  parse(logs: readonly EvmLog[], movements: readonly Fact[]): MarketFacts
}

/** Facts by the source event they come from; an event may give none. */
export interface MarketFacts {
  readonly facts: ReadonlyMap<string, readonly Fact[]>
  readonly failures: readonly ParseFailure[]
}

/** What reading the logs one by one gives. Where `read` throws event_undecodable the log is a failure. */
export type LogReader = (log: EvmLog) => readonly Fact[]
