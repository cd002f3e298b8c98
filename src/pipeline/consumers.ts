/** Names under which stages record what they have applied. A name, once used, is never given to another stage. */
export const CONSUMERS = {
  ownership: 'ownership',
  /** Records whole blocks only, to say how far it is: the ledger's keys tell it what it has seen. */
  normalizer: 'normalizer',
} as const

/*
 * Under these names it is recorded which blocks were looked through for something. They are no stages: nothing is ever delivered to them, so what
 * was delivered says nothing about them.
 */

/** For opening balances (`openings.ts`). */
export const OPENING_BALANCES = 'opening_balances'
/** For assets whose metadata is read (`metadata.ts`). */
export const METADATA = 'metadata'
/** For what contracts say of their metadata (`metadataUpdates.ts`). */
export const METADATA_UPDATES = 'metadata_updates'
