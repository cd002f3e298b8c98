import { EVM_MARKETPLACES } from '../../../core/marketplaces.js'
import type { MarketplaceParser } from './marketplace.js'
import { seaportMarketplace } from './seaportMarketplace.js'
import { sequenceMarketplace } from './sequenceMarketplace.js'

/** Every parser of a marketplace. */
export const marketplaceParsers: readonly MarketplaceParser[] = [seaportMarketplace, sequenceMarketplace]

const parserOf = new Map(
  EVM_MARKETPLACES.flatMap(({ address, protocol }) =>
    marketplaceParsers.filter((parser) => parser.protocol === protocol).map((parser) => [address, parser] as const),
  ),
)

/** The parser of a contract's logs; undefined for contracts that are no marketplace that is known. */
export function marketplaceAt(contract: string): MarketplaceParser | undefined {
  return parserOf.get(contract)
}

/** The contracts that have a parser. */
export const marketAddresses: readonly string[] = [...parserOf.keys()]

/** topic0 of all events that any marketplace's parser reads. */
export const marketTopics: readonly string[] = [...new Set(marketplaceParsers.flatMap(({ topics }) => topics))]

/** topic0 of those that name a token's contract in their data. */
export const namingTopics: ReadonlySet<string> = new Set(marketplaceParsers.flatMap(({ naming }) => naming))
