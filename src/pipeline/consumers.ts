/** Names under which stages record what they have applied. A name, once used, is never given to another stage. */
export const CONSUMERS = {
  ownership: 'ownership',
  /** Records whole blocks only, to say how far it is: the ledger's keys tell it what it has seen. */
  normalizer: 'normalizer',
} as const
