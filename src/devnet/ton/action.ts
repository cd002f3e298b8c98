/** Something that somebody does. Accounts are numbers of wallets, items raw addresses, amounts nanotons. */
export type TonAction =
  | { readonly kind: 'deploy'; readonly collection: number }
  /** Several at once are deployed by one transaction of the collection. */
  | { readonly kind: 'mint'; readonly collection: number; readonly owner: number; readonly count: number }
  /** Forward amount 0 tells nobody, 1 is too little for the receiver to hear of it. */
  | { readonly kind: 'transfer'; readonly item: string; readonly to: number; readonly forward: bigint }
  | { readonly kind: 'list'; readonly item: string; readonly price: bigint }
  | { readonly kind: 'buy'; readonly item: string; readonly buyer: number }
  | { readonly kind: 'cancel'; readonly item: string }
  | { readonly kind: 'burn'; readonly item: string }
  /** A contract that claims to be an item which the collection has given to somebody else. */
  | { readonly kind: 'fake'; readonly collection: number; readonly index: number; readonly owner: number }
  /** An nft_transfer from who does not own the item: it bounces. */
  | { readonly kind: 'steal'; readonly item: string; readonly thief: number }

/** The wallet that owns the collections, and the one that deploys sale contracts. */
export const MINTER = 0
export const MARKET = 1
