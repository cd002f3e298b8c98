import { hash } from 'node:crypto'
import type { Fact, RawEvent } from '../core/events.js'
import { assetId, collectionId, itemAssetId } from '../core/ids.js'
import type { Network } from '../core/networks.js'

/** A fact with everything the ledger needs to know of it, before it is known whether the ledger has it already. */
export interface Entry {
  readonly fact: Fact
  readonly raw: RawEvent
  readonly collectionId: string | null
  readonly assetId: string | null
  /** First 8 bytes of the SHA-1 of what the fact says, signed (PostgreSQL bigint). */
  readonly payloadHash: bigint
}

/** Joins facts with the raw events they come from. Facts of the same contract share one computation of its id. */
export function toEntries(network: Network, raws: readonly RawEvent[], facts: readonly Fact[]): Entry[] {
  const bySource = new Map(raws.map((raw) => [raw.sourceEventId, raw]))
  const collections = new Map<string, string>()
  return facts.map((fact) => {
    const raw = bySource.get(fact.sourceEventId)
    if (raw === undefined) throw new Error(`the parser made up the source event ${fact.sourceEventId}`)
    return {
      fact,
      raw,
      collectionId:
        fact.contract === null ? null : memo(collections, fact.contract, (c) => collectionId(network.name, c)),
      assetId: assetIdOf(network, fact),
      payloadHash: payloadHash(fact),
    }
  })
}

/** TON assets are named by their own address, also when they belong to no collection; others by collection and token id. */
function assetIdOf(network: Network, { item, contract, tokenId }: Fact): string | null {
  if (item !== undefined) return itemAssetId(network.name, item)
  return contract === null || tokenId === null ? null : assetId(network.name, contract, tokenId)
}

function memo(cache: Map<string, string>, key: string, compute: (key: string) => string): string {
  let value = cache.get(key)
  if (value === undefined) {
    value = compute(key)
    cache.set(key, value)
  }
  return value
}

function payloadHash(fact: Fact): bigint {
  const text = `${fact.kind}|${fact.standard}|${fact.contract}|${fact.tokenId}|${fact.from}|${fact.to}|${fact.quantity}|${
    fact.details === null ? '' : JSON.stringify(fact.details)
  }${fact.item === undefined ? '' : `|${fact.item}`}`
  return hash('sha1', text, 'buffer').readBigInt64BE(0)
}
