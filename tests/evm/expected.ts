import { EVM_ZERO } from '../../src/core/address.js'
import type { Fact, RawEvent } from '../../src/core/events.js'
import { logOf } from '../../src/ingest/evm/log.js'
import { marketJson } from '../../src/ingest/evm/record.js'
import type { Expectation } from '../support/mainnet.js'

/** What an expectation says that is no statement about the fact: places are compared by the caller, notes are for readers. */
const NOT_COMPARED = new Set(['log', 'block', 'logIndex', 'txHash', 'note'])

/** An expectation without what is not compared. */
export function expectedFields(expectation: Expectation): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(expectation).filter(([name]) => !NOT_COMPARED.has(name)))
}

/** A fact in the words of the recordings, with the fields that the expectation has. */
export function describedAs(fact: Fact, event: RawEvent, expectation: Expectation): Readonly<Record<string, unknown>> {
  const words = fact.details === null ? movementWords(fact, event) : marketJson(fact.kind, fact.details)
  return Object.fromEntries(Object.keys(expectedFields(expectation)).map((name) => [name, words[name]]))
}

function movementWords(fact: Fact, event: RawEvent): Readonly<Record<string, unknown>> {
  const operator = `0x${logOf(event).topics[1]?.slice(26)}`
  return {
    kind: fact.kind,
    standard: fact.standard,
    contract: fact.contract,
    tokenId: fact.tokenId?.toString(),
    from: fact.from ?? EVM_ZERO,
    to: fact.to ?? EVM_ZERO,
    quantity: fact.quantity.toString(),
    batchIndex: fact.subIndex,
    operator,
  }
}
