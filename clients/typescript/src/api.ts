// biome-ignore-all format: generated
// biome-ignore-all lint: generated
/* Generated from docs/openapi.json by generate.ts. A test compares. */

/** Something that happened */
export type Activity = {
  /** Names the event, sale, listing or cancellation, in whatever block it is included */
  readonly event_id: string
  readonly kind: "mint" | "transfer" | "burn" | "sale" | "list" | "cancel"
  readonly network: string
  /** Block height */
  readonly block_number: number
  /** Order inside the block */
  readonly position: number
  /** Order inside one event (a batch) */
  readonly sub_index: number
  readonly happened_at: string
  /** null where the event is not kept any more */
  readonly tx_hash: string | null
  /** null for a bundle, and for an order that names no single asset */
  readonly asset_id: string | null
  readonly collection_id: string | null
  readonly contract: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly contract_friendly?: string | undefined
  readonly token_id: string | null
  /** Giver, seller or maker; null for a mint */
  readonly from: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly from_friendly?: string | undefined
  /** Taker or buyer; null for a burn, a listing and its cancellation */
  readonly to: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly to_friendly?: string | undefined
  /** Decimal integer, as a string because it may exceed 2^53 */
  readonly quantity: string
  /** In the smallest unit of the currency; null where there is none (swaps) */
  readonly price: string | null
  /** Contract of the currency; the zero address is the native one */
  readonly currency: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly currency_friendly?: string | undefined
  /** null where they are not known: the price is then in the smallest unit and cannot be scaled */
  readonly currency_decimals: number | null
  readonly marketplace: string | null
  /** Above 1: the price is of all items together */
  readonly bundle_size: number
  /** Of a sale: whether transfers of the same transaction show it. Others do not count in statistics */
  readonly confirmed: boolean | null
  readonly finality_status: FinalityStatus
}

/** An asset, as of the block of the answer */
export type AssetCard = {
  readonly asset_id: string
  readonly network: string
  /** null for an item without a collection */
  readonly collection_id: string | null
  /** Address of the collection */
  readonly contract: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly contract_friendly?: string | undefined
  /** null while it is not known */
  readonly token_id: string | null
  /** Address of the asset itself, where an asset is a contract of its own (TON) */
  readonly address: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly address_friendly?: string | undefined
  readonly standard: "erc721" | "erc1155" | "tep62"
  /** Metadata is not known yet */
  readonly is_stub: boolean
  /** null while it is not known, or not read for this network */
  readonly metadata: ItemMetadata | null
  /** Whether all events of the asset since its first are indexed; if not, owners and supply may lack some */
  readonly history_complete: boolean
  /** false: the contract of its collection changes who holds what without telling by events; owners and quantities are what the events say */
  readonly derivable: boolean
  readonly data_status: DataStatus
  /** Block of the last event of the asset */
  readonly last_block: number
  readonly last_event_at: string
  readonly finality_status: FinalityStatus
  /** The one owner; null if several are possible (erc1155), or burned */
  readonly owner: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly owner_friendly?: string | undefined
  /** Number of accounts that hold it; 0 when burned */
  readonly owners: number
  /** Quantity that exists */
  readonly supply: string
  readonly last_sale: LastSale | null
  readonly best_listing: BestListing | null
}

/** A holding of an asset; as final as the last event of the asset */
export type AssetOwner = {
  /** Canonical address: EVM in lower case, TON raw */
  readonly account_address: string
  /** The same address in the friendly form that wallets show; only on TON */
  readonly account_address_friendly?: string | undefined
  /** Decimal integer, as a string because it may exceed 2^53 */
  readonly quantity: string
  readonly finality_status: FinalityStatus
}

/** The open listing with the lowest price per unit: in the native currency if there is one, else in any. Covered by finality_status; that another listing ended is not */
export type BestListing = {
  /** In the smallest unit of the currency; null where there is none (swaps) */
  readonly price: string | null
  /** Contract of the currency; the zero address is the native one */
  readonly currency: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly currency_friendly?: string | undefined
  /** null where they are not known: the price is then in the smallest unit and cannot be scaled */
  readonly currency_decimals: number | null
  readonly listing_id: string
  /** Canonical address: EVM in lower case, TON raw */
  readonly seller: string
  /** The same address in the friendly form that wallets show; only on TON */
  readonly seller_friendly?: string | undefined
  /** Units that can be bought */
  readonly available: string
  readonly ends_at: string | null
  readonly marketplace: string
  /** What the listing is known from */
  readonly source: string
}

/** A block of the chain */
export type Block = {
  /** Block height */
  readonly number: number
  readonly hash: string | null
  readonly time: string | null
}

/** A collection and its numbers, as of the block of the answer */
export type CollectionCard = {
  readonly collection_id: string
  readonly network: string
  /** Address of the collection */
  readonly contract: string
  /** The same address in the friendly form that wallets show; only on TON */
  readonly contract_friendly?: string | undefined
  /** What its events are */
  readonly standard: "erc721" | "erc1155" | "tep62"
  /** What its contract itself says to that (EVM: ERC-165): unconfirmed: it was not asked yet; confirmed: it names the standard; contradicted: it does not */
  readonly standard_confidence: "unconfirmed" | "confirmed" | "contradicted"
  /** false: its contract changes who holds what without telling by events; owners and quantities are what the events say, not what the contract says */
  readonly derivable: boolean
  readonly name: string | null
  /** Assets that exist: minted and not burned */
  readonly items: number
  /** Distinct accounts that hold any */
  readonly owners: number
  /** Sum of the quantities of all assets */
  readonly supply: string
  /** Metadata is not known yet */
  readonly is_stub: boolean
  /** Whether all events since the deployment are indexed; if not, the numbers count what is indexed */
  readonly history_complete: boolean
  readonly data_status: DataStatus
  /** Block of the last event of the collection */
  readonly last_block: number
  readonly last_event_at: string
  readonly finality_status: FinalityStatus
}

/** A collection in a list of all networks */
export type CollectionInList = {
  readonly collection_id: string
  readonly network: string
  /** Address of the collection */
  readonly contract: string
  /** The same address in the friendly form that wallets show; only on TON */
  readonly contract_friendly?: string | undefined
  /** What its events are */
  readonly standard: "erc721" | "erc1155" | "tep62"
  /** What its contract itself says to that (EVM: ERC-165): unconfirmed: it was not asked yet; confirmed: it names the standard; contradicted: it does not */
  readonly standard_confidence: "unconfirmed" | "confirmed" | "contradicted"
  /** false: its contract changes who holds what without telling by events; owners and quantities are what the events say, not what the contract says */
  readonly derivable: boolean
  readonly name: string | null
  /** Assets that exist: minted and not burned */
  readonly items: number
  /** Distinct accounts that hold any */
  readonly owners: number
  /** Sum of the quantities of all assets */
  readonly supply: string
  /** Metadata is not known yet */
  readonly is_stub: boolean
  /** Whether all events since the deployment are indexed; if not, the numbers count what is indexed */
  readonly history_complete: boolean
  readonly data_status: DataStatus
  /** Block of the last event of the collection */
  readonly last_block: number
  readonly last_event_at: string
  readonly finality_status: FinalityStatus
  /** Only with sort=-volume: that volume, in the smallest unit of the native currency */
  readonly volume?: string | undefined
}

/** An account that holds assets of a collection */
export type CollectionOwner = {
  /** Canonical address: EVM in lower case, TON raw */
  readonly account_address: string
  /** The same address in the friendly form that wallets show; only on TON */
  readonly account_address_friendly?: string | undefined
  /** How many assets of the collection it holds */
  readonly assets: number
  /** How much of them in all */
  readonly quantity: string
  readonly finality_status: FinalityStatus
}

/** A collection, its numbers as of the block of the answer, and its market now */
export type CollectionWithMarket = {
  readonly collection_id: string
  readonly network: string
  /** Address of the collection */
  readonly contract: string
  /** The same address in the friendly form that wallets show; only on TON */
  readonly contract_friendly?: string | undefined
  /** What its events are */
  readonly standard: "erc721" | "erc1155" | "tep62"
  /** What its contract itself says to that (EVM: ERC-165): unconfirmed: it was not asked yet; confirmed: it names the standard; contradicted: it does not */
  readonly standard_confidence: "unconfirmed" | "confirmed" | "contradicted"
  /** false: its contract changes who holds what without telling by events; owners and quantities are what the events say, not what the contract says */
  readonly derivable: boolean
  readonly name: string | null
  /** Assets that exist: minted and not burned */
  readonly items: number
  /** Distinct accounts that hold any */
  readonly owners: number
  /** Sum of the quantities of all assets */
  readonly supply: string
  /** Metadata is not known yet */
  readonly is_stub: boolean
  /** Whether all events since the deployment are indexed; if not, the numbers count what is indexed */
  readonly history_complete: boolean
  readonly data_status: DataStatus
  /** Block of the last event of the collection */
  readonly last_block: number
  readonly last_event_at: string
  readonly finality_status: FinalityStatus
  readonly market: MarketStats
}

/** quarantined: an event of the contract could not be read and waits for the operator; what is said here may lack it. ok: all events that are indexed were read. */
export type DataStatus = "ok" | "quarantined"

/** finalized: nothing that is shown here comes from a block above the finalized one. pending: a reorg can still change it. disputed: the chain contradicted its own finality; the network waits for its operator. */
export type FinalityStatus = "disputed" | "pending" | "finalized"

/** What the metadata of an asset says; its maker can change it at any time */
export type ItemMetadata = {
  readonly name: string | null
  readonly description: string | null
  /** As the document names it: an http, https, ipfs, ar or data:image URL */
  readonly image: string | null
  readonly animation_url: string | null
  readonly external_url: string | null
  readonly attributes: readonly ({
    readonly trait_type: string | null
    readonly value: string | number | boolean
    readonly display_type: string | null
  })[]
  /** Where the contract says that the document is; its first 2,000 characters */
  readonly uri: string | null
  /** When the document first said this */
  readonly fetched_at: string
}

/** The last confirmed sale of the asset on its own */
export type LastSale = {
  /** In the smallest unit of the currency; null where there is none (swaps) */
  readonly price: string | null
  /** Contract of the currency; the zero address is the native one */
  readonly currency: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly currency_friendly?: string | undefined
  /** null where they are not known: the price is then in the smallest unit and cannot be scaled */
  readonly currency_decimals: number | null
  /** Decimal integer, as a string because it may exceed 2^53 */
  readonly quantity: string
  readonly sold_at: string
  /** Block height */
  readonly block_number: number
  readonly marketplace: string
}

/** An offer to sell */
export type ListingCard = {
  readonly listing_id: string
  readonly network: string
  readonly collection_id: string | null
  /** null when the listing names no single asset */
  readonly asset_id: string | null
  readonly token_id: string | null
  /** Canonical address: EVM in lower case, TON raw */
  readonly seller: string
  /** The same address in the friendly form that wallets show; only on TON */
  readonly seller_friendly?: string | undefined
  /** Units of the whole order */
  readonly quantity: string
  /** Units that can be bought: what is left, as far as the seller has it at the block of the answer. Not covered by finality_status */
  readonly available: string
  /** Above 1: several assets that are sold together */
  readonly bundle_size: number
  /** Of the whole order, in the smallest unit of the currency */
  readonly price: string | null
  /** Price of one unit, rounded up; null for bundles, moving prices, auctions and private sales */
  readonly unit_price: string | null
  /** The price moves evenly to this one at ends_at */
  readonly end_price: string | null
  /** Who alone may buy */
  readonly taker: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly taker_friendly?: string | undefined
  readonly is_auction: boolean
  readonly min_bid: string | null
  readonly last_bid: string | null
  /** Whether it is known that the seller has the items; false where history starts too late to say */
  readonly holder_verified: boolean
  /** Order hash (EVM), or the address of the sale contract as bytes (TON) */
  readonly order: string | null
  /** Contract that settles the order */
  readonly market: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly market_friendly?: string | undefined
  /** Contract of the currency; the zero address is the native one */
  readonly currency: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly currency_friendly?: string | undefined
  readonly currency_decimals: number | null
  readonly marketplace: string
  /** What the listing is known from */
  readonly source: string
  readonly starts_at: string | null
  readonly ends_at: string | null
  /** Block of the last event of the order itself, of which finality_status is; transfers, which change what is available, do not count */
  readonly last_block: number
  readonly finality_status: FinalityStatus
}

/** What is for sale and what was sold of a collection, now */
export type MarketStats = {
  /** Where listings are read from. What is false here is missing: most Seaport listings are never put on chain */
  readonly coverage: {
    /** Orders that exist on chain: validated ones, sale contracts */
    readonly onchain: boolean
    /** OpenSea's orders, which are mere signatures: read with a key, and not too long ago */
    readonly opensea: boolean
  }
  /** Assets that can be bought now at a price that stands */
  readonly listed: number
  /** The lowest price per unit in each currency */
  readonly floors: readonly ({
    /** In the smallest unit of the currency; null where there is none (swaps) */
    readonly price: string | null
    /** Contract of the currency; the zero address is the native one */
    readonly currency: string | null
    /** The same address in the friendly form that wallets show; only on TON */
    readonly currency_friendly?: string | undefined
    /** null where they are not known: the price is then in the smallest unit and cannot be scaled */
    readonly currency_decimals: number | null
    readonly listing_id: string
    readonly asset_id: string
  })[]
  /** Sales and gross volume in each currency; currencies are not added up */
  readonly sales: readonly ({
    /** null: sales without a price (swaps) */
    readonly currency: string | null
    /** The same address in the friendly form that wallets show; only on TON */
    readonly currency_friendly?: string | undefined
    /** null where they are not known: the price is then in the smallest unit and cannot be scaled */
    readonly currency_decimals: number | null
    /** Confirmed sales in the window, which ends now */
    readonly sales_24h: number
    /** In the smallest unit of the currency */
    readonly volume_24h: string
    /** Confirmed sales in the window, which ends now */
    readonly sales_7d: number
    /** In the smallest unit of the currency */
    readonly volume_7d: string
    /** Confirmed sales in the window, which ends now */
    readonly sales_30d: number
    /** In the smallest unit of the currency */
    readonly volume_30d: string
    /** Confirmed sales in the window, which ends now */
    readonly sales_all: number
    /** In the smallest unit of the currency */
    readonly volume_all: string
  })[]
}

/** A network and how far it is read */
export type NetworkCard = {
  readonly network: string
  /** Family of the chain */
  readonly chain: string
  readonly chain_id: number
  /** backfilling: still reading the past. disputed: stopped, the chain contradicted its own finality */
  readonly state: "backfilling" | "live" | "disputed"
  /** First block that is indexed */
  readonly start_block: number | null
  /** Whether nothing before start_block is missing */
  readonly history_complete: boolean
  /** Which blocks answers contain, as ranges with both ends included; more than one shows a hole */
  readonly coverage: readonly ({
    /** Block height */
    readonly from_block: number
    /** Block height */
    readonly to_block: number
  })[]
  /** Newest block of the chain that was seen */
  readonly head: Block | null
  /** Newest block that the chain calls safe (Ethereum: the justified one), never above head or below finalized; it can go back in a fork. null where chain or endpoint have no such notion, or did not say with this head */
  readonly safe: Block | null
  /** Newest block that cannot change any more */
  readonly finalized: Block | null
  /** Block that answers are computed at */
  readonly projected: Block | null
  /** From projected to head */
  readonly lag_blocks: number | null
  /** Age of the projected block */
  readonly lag_seconds: number | null
  readonly updated_at: string
  readonly finality_status: FinalityStatus
}

/** An asset that an account holds */
export type PortfolioAsset = {
  readonly asset_id: string
  readonly network: string
  /** null for an item without a collection */
  readonly collection_id: string | null
  /** Address of the collection */
  readonly contract: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly contract_friendly?: string | undefined
  /** null while it is not known */
  readonly token_id: string | null
  /** Address of the asset itself, where an asset is a contract of its own (TON) */
  readonly address: string | null
  /** The same address in the friendly form that wallets show; only on TON */
  readonly address_friendly?: string | undefined
  readonly standard: "erc721" | "erc1155" | "tep62"
  /** Metadata is not known yet */
  readonly is_stub: boolean
  /** null while it is not known, or not read for this network */
  readonly metadata: ItemMetadata | null
  /** Whether all events of the asset since its first are indexed; if not, owners and supply may lack some */
  readonly history_complete: boolean
  /** false: the contract of its collection changes who holds what without telling by events; owners and quantities are what the events say */
  readonly derivable: boolean
  readonly data_status: DataStatus
  /** Block of the last event of the asset */
  readonly last_block: number
  readonly last_event_at: string
  readonly finality_status: FinalityStatus
  /** How much of it the account holds */
  readonly quantity: string
}

/** Why there is no answer (RFC 9457) */
export type Problem = {
  /** Names the kind of problem */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** The registered code */
  readonly code: "config_invalid" | "request_invalid" | "address_invalid" | "cursor_invalid" | "key_missing" | "key_invalid" | "scope_missing" | "not_found" | "method_not_allowed" | "request_timeout" | "uri_too_long" | "body_too_large" | "media_type_unsupported" | "too_many_requests" | "headers_too_large" | "not_ready" | "answer_timeout" | "internal" | "database_unavailable" | "database_conflict" | "migration_invalid" | "embedded_postgres_failed" | "devnet_failed" | "range_too_large" | "rate_limited" | "block_unknown" | "rpc_transient" | "rpc_invalid" | "rpc_fatal" | "wrong_chain" | "event_undecodable" | "event_conflict" | "lease_lost" | "lease_held" | "fork_below_finality" | "scope_changed" | "message_fatal" | "message_too_large" | "message_invalid" | "task_timeout"
  /** The fields that are wrong, when fields are */
  readonly errors?: readonly ({
    readonly field: string
    readonly in: "path" | "query" | "body" | "header"
    readonly detail: string
  })[] | undefined
}

/** What every operation takes and gives. */
export interface Operations {
  /** Whether the process answers */
  getHealth: {
    input: {}
    answer: {
      readonly status: "ok"
    }
  }
  /** Whether everything is as it should be, and if not, what: 503 also while a network catches up or is disputed */
  getReadiness: {
    input: {}
    answer: {
      readonly status: "ready"
      readonly checks: readonly ({
        readonly name: string
        readonly ok: boolean
        readonly detail: string
      })[]
    }
  }
  /** All networks */
  listNetworks: {
    input: {}
    answer: {
      readonly data: readonly (NetworkCard)[]
      readonly finality_status: FinalityStatus
      /** Per network: the block that the answer was computed at */
      readonly blocks: readonly ({
        readonly network: string
        /** Block that the answer was computed at; null before the first */
        readonly block_number: number | null
        /** Hash of that block */
        readonly block_hash: string | null
      })[]
    }
  }
  /** A network */
  getNetwork: {
    input: {
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
    }
    answer: {
      readonly data: NetworkCard
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
    }
  }
  /** An asset */
  getAsset: {
    input: {
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      readonly id: string
    }
    answer: {
      readonly data: AssetCard
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
    }
  }
  /** An asset by its token id */
  getToken: {
    input: {
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly contract: string
      /** Token id: a decimal integer from 0 to 2^256-1 */
      readonly token_id: string
    }
    answer: {
      readonly data: AssetCard
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
    }
  }
  /** An asset by its own address (TON) */
  getItem: {
    input: {
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly address: string
    }
    answer: {
      readonly data: AssetCard
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
    }
  }
  /** Up to 100 assets at once */
  getAssets: {
    input: {
      /** What to look up, at most 100: by id or by natural key */
      readonly assets: readonly ({
        readonly asset_id: string
      } | {
        /** Name of a network; /api/v1/networks lists them */
        readonly network: string
        /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
        readonly contract: string
        /** Token id: a decimal integer from 0 to 2^256-1 */
        readonly token_id: string
      } | {
        /** Name of a network; /api/v1/networks lists them */
        readonly network: string
        /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
        readonly address: string
      })[]
    }
    answer: {
      readonly data: readonly ({
        /** The id that the key stands for; null when it is not known */
        readonly asset_id: string | null
        /** null: nothing is indexed under this key */
        readonly asset: AssetCard | null
      })[]
      readonly finality_status: FinalityStatus
      /** Per network: the block that the answer was computed at */
      readonly blocks: readonly ({
        readonly network: string
        /** Block that the answer was computed at; null before the first */
        readonly block_number: number | null
        /** Hash of that block */
        readonly block_hash: string | null
      })[]
    }
  }
  /** Owners of an asset */
  listAssetOwners: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      readonly id: string
    }
    answer: {
      readonly data: readonly (AssetOwner)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** Owners of an asset by its token id */
  listTokenOwners: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly contract: string
      /** Token id: a decimal integer from 0 to 2^256-1 */
      readonly token_id: string
    }
    answer: {
      readonly data: readonly (AssetOwner)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** Owners of an asset by its own address (TON) */
  listItemOwners: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly address: string
    }
    answer: {
      readonly data: readonly (AssetOwner)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** A collection */
  getCollection: {
    input: {
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      readonly id: string
    }
    answer: {
      readonly data: CollectionWithMarket
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
    }
  }
  /** A collection by contract */
  getContract: {
    input: {
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly contract: string
    }
    answer: {
      readonly data: CollectionWithMarket
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
    }
  }
  /** Collections of a network */
  listContracts: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
    }
    answer: {
      readonly data: readonly (CollectionCard)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** Assets of a collection */
  listCollectionAssets: {
    input: {
      /** Only assets that this account holds */
      readonly owner?: string | undefined
      /** Only the asset with this token id */
      readonly token_id?: string | undefined
      /** Only assets that can be bought now, in `currency` */
      readonly listed?: "true" | "false" | undefined
      /** Currency of prices: a token contract; default the native currency */
      readonly currency?: string | undefined
      /** Only assets for sale at this price per unit or more, in the smallest unit of `currency` */
      readonly min_price?: string | undefined
      /** Only assets for sale at this price per unit or less, in the smallest unit of `currency` */
      readonly max_price?: string | undefined
      /** token_id: ascending (unknown ones last), -token_id: descending (unknown ones first, or last among listed ones). price, -price: what is for sale, cheapest or dearest first. last_sale: what was sold, latest first */
      readonly sort?: "token_id" | "-token_id" | "price" | "-price" | "last_sale" | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      readonly id: string
    }
    answer: {
      readonly data: readonly (AssetCard)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** Assets of a collection by contract */
  listContractAssets: {
    input: {
      /** Only assets that this account holds */
      readonly owner?: string | undefined
      /** Only the asset with this token id */
      readonly token_id?: string | undefined
      /** Only assets that can be bought now, in `currency` */
      readonly listed?: "true" | "false" | undefined
      /** Currency of prices: a token contract; default the native currency */
      readonly currency?: string | undefined
      /** Only assets for sale at this price per unit or more, in the smallest unit of `currency` */
      readonly min_price?: string | undefined
      /** Only assets for sale at this price per unit or less, in the smallest unit of `currency` */
      readonly max_price?: string | undefined
      /** token_id: ascending (unknown ones last), -token_id: descending (unknown ones first, or last among listed ones). price, -price: what is for sale, cheapest or dearest first. last_sale: what was sold, latest first */
      readonly sort?: "token_id" | "-token_id" | "price" | "-price" | "last_sale" | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly contract: string
    }
    answer: {
      readonly data: readonly (AssetCard)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** Collections, of one network or of all */
  listCollections: {
    input: {
      /** Name of a network; /api/v1/networks lists them */
      readonly network?: string | undefined
      /** Words of the name (their beginnings are enough), or the beginning of an address */
      readonly search?: string | undefined
      /** Those with the most of it first. -volume: by what was paid in the native currency within `window`; those without a sale in it are left out */
      readonly sort?: "-items" | "-owners" | "-volume" | undefined
      /** For sort=-volume: which sales count, in whole hours; default 24h */
      readonly window?: "24h" | "7d" | "30d" | "all" | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
    }
    answer: {
      readonly data: readonly (CollectionInList)[]
      readonly finality_status: FinalityStatus
      /** Per network: the block that the answer was computed at */
      readonly blocks: readonly ({
        readonly network: string
        /** Block that the answer was computed at; null before the first */
        readonly block_number: number | null
        /** Hash of that block */
        readonly block_hash: string | null
      })[]
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** Owners of a collection */
  listCollectionOwners: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      readonly id: string
    }
    answer: {
      readonly data: readonly (CollectionOwner)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** Owners of a collection by contract */
  listContractOwners: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly contract: string
    }
    answer: {
      readonly data: readonly (CollectionOwner)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** All owners of a collection, as one snapshot */
  exportCollectionOwners: {
    input: {
      readonly id: string
    }
    answer: string
  }
  /** Changes of assets as they happen (Server-Sent Events) */
  streamChanges: {
    input: {
      /** Name of a network; /api/v1/networks lists them */
      readonly network?: string | undefined
      /** Only changes of assets of this collection */
      readonly collection?: string | undefined
      /** Only changes of what this account holds */
      readonly account?: string | undefined
      /** For callers that cannot set the header Last-Event-ID, which wins */
      readonly last_event_id?: string | undefined
    }
    answer: string
  }
  /** Listings of an asset; a bundle is in those of its collection */
  listAssetListings: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      readonly id: string
    }
    answer: {
      readonly data: readonly (ListingCard)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
      /** Where listings are read from. What is false here is missing: most Seaport listings are never put on chain */
      readonly coverage: {
        /** Orders that exist on chain: validated ones, sale contracts */
        readonly onchain: boolean
        /** OpenSea's orders, which are mere signatures: read with a key, and not too long ago */
        readonly opensea: boolean
      }
    }
  }
  /** Listings of an asset by its token id */
  listTokenListings: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly contract: string
      /** Token id: a decimal integer from 0 to 2^256-1 */
      readonly token_id: string
    }
    answer: {
      readonly data: readonly (ListingCard)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
      /** Where listings are read from. What is false here is missing: most Seaport listings are never put on chain */
      readonly coverage: {
        /** Orders that exist on chain: validated ones, sale contracts */
        readonly onchain: boolean
        /** OpenSea's orders, which are mere signatures: read with a key, and not too long ago */
        readonly opensea: boolean
      }
    }
  }
  /** Listings of an asset by its own address (TON) */
  listItemListings: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly address: string
    }
    answer: {
      readonly data: readonly (ListingCard)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
      /** Where listings are read from. What is false here is missing: most Seaport listings are never put on chain */
      readonly coverage: {
        /** Orders that exist on chain: validated ones, sale contracts */
        readonly onchain: boolean
        /** OpenSea's orders, which are mere signatures: read with a key, and not too long ago */
        readonly opensea: boolean
      }
    }
  }
  /** Listings of a collection */
  listCollectionListings: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      readonly id: string
    }
    answer: {
      readonly data: readonly (ListingCard)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
      /** Where listings are read from. What is false here is missing: most Seaport listings are never put on chain */
      readonly coverage: {
        /** Orders that exist on chain: validated ones, sale contracts */
        readonly onchain: boolean
        /** OpenSea's orders, which are mere signatures: read with a key, and not too long ago */
        readonly opensea: boolean
      }
    }
  }
  /** Listings of a collection by contract */
  listContractListings: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly contract: string
    }
    answer: {
      readonly data: readonly (ListingCard)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
      /** Where listings are read from. What is false here is missing: most Seaport listings are never put on chain */
      readonly coverage: {
        /** Orders that exist on chain: validated ones, sale contracts */
        readonly onchain: boolean
        /** OpenSea's orders, which are mere signatures: read with a key, and not too long ago */
        readonly opensea: boolean
      }
    }
  }
  /** What happened to an asset */
  listAssetActivity: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      readonly id: string
    }
    answer: {
      readonly data: readonly (Activity)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** What happened to a token */
  listTokenActivity: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly contract: string
      /** Token id: a decimal integer from 0 to 2^256-1 */
      readonly token_id: string
    }
    answer: {
      readonly data: readonly (Activity)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** What happened to an asset, by its own address (TON) */
  listItemActivity: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly address: string
    }
    answer: {
      readonly data: readonly (Activity)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** What happened in a collection */
  listCollectionActivity: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      readonly id: string
    }
    answer: {
      readonly data: readonly (Activity)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** What happened in a collection, by contract */
  listContractActivity: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly contract: string
    }
    answer: {
      readonly data: readonly (Activity)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** What an account gave, took, sold, bought and listed */
  listAccountActivity: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly address: string
    }
    answer: {
      readonly data: readonly (Activity)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
  /** Assets that an account holds */
  listAccountAssets: {
    input: {
      /** Most items of one page */
      readonly limit?: number | undefined
      /** next_cursor of the page before. It fits only the same list with the same filters and order */
      readonly cursor?: string | undefined
      /** finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404 */
      readonly min_finality?: "pending" | "finalized" | undefined
      /** Name of a network; /api/v1/networks lists them */
      readonly network: string
      /** Address: 0x and 40 hexadecimal digits (EVM); 0: and 64 hexadecimal digits, or any friendly form (EQ…, UQ…) (TON) */
      readonly address: string
    }
    answer: {
      readonly data: readonly (PortfolioAsset)[]
      readonly network: string
      readonly finality_status: FinalityStatus
      /** Block that the answer was computed at; null before the first */
      readonly block_number: number | null
      /** Hash of that block */
      readonly block_hash: string | null
      /** Whether the history behind the list is indexed from its beginning; if not, something may be missing here */
      readonly history_complete: boolean
      /** Cursor of the next page; null on the last one */
      readonly next_cursor: string | null
    }
  }
}

/** Where every operation is. */
export const operations = {
  getHealth: { method: 'GET', path: '/health' },
  getReadiness: { method: 'GET', path: '/health/ready' },
  listNetworks: { method: 'GET', path: '/api/v1/networks' },
  getNetwork: { method: 'GET', path: '/api/v1/networks/{network}' },
  getAsset: { method: 'GET', path: '/api/v1/assets/{id}' },
  getToken: { method: 'GET', path: '/api/v1/networks/{network}/contracts/{contract}/tokens/{token_id}' },
  getItem: { method: 'GET', path: '/api/v1/networks/{network}/items/{address}' },
  getAssets: { method: 'POST', path: '/api/v1/assets/bulk' },
  listAssetOwners: { method: 'GET', path: '/api/v1/assets/{id}/owners' },
  listTokenOwners: { method: 'GET', path: '/api/v1/networks/{network}/contracts/{contract}/tokens/{token_id}/owners' },
  listItemOwners: { method: 'GET', path: '/api/v1/networks/{network}/items/{address}/owners' },
  getCollection: { method: 'GET', path: '/api/v1/collections/{id}' },
  getContract: { method: 'GET', path: '/api/v1/networks/{network}/contracts/{contract}' },
  listContracts: { method: 'GET', path: '/api/v1/networks/{network}/contracts' },
  listCollectionAssets: { method: 'GET', path: '/api/v1/collections/{id}/assets' },
  listContractAssets: { method: 'GET', path: '/api/v1/networks/{network}/contracts/{contract}/assets' },
  listCollections: { method: 'GET', path: '/api/v1/collections' },
  listCollectionOwners: { method: 'GET', path: '/api/v1/collections/{id}/owners' },
  listContractOwners: { method: 'GET', path: '/api/v1/networks/{network}/contracts/{contract}/owners' },
  exportCollectionOwners: { method: 'GET', path: '/api/v1/collections/{id}/owners/export' },
  streamChanges: { method: 'GET', path: '/api/v1/changes' },
  listAssetListings: { method: 'GET', path: '/api/v1/assets/{id}/listings' },
  listTokenListings: { method: 'GET', path: '/api/v1/networks/{network}/contracts/{contract}/tokens/{token_id}/listings' },
  listItemListings: { method: 'GET', path: '/api/v1/networks/{network}/items/{address}/listings' },
  listCollectionListings: { method: 'GET', path: '/api/v1/collections/{id}/listings' },
  listContractListings: { method: 'GET', path: '/api/v1/networks/{network}/contracts/{contract}/listings' },
  listAssetActivity: { method: 'GET', path: '/api/v1/assets/{id}/activity' },
  listTokenActivity: { method: 'GET', path: '/api/v1/networks/{network}/contracts/{contract}/tokens/{token_id}/activity' },
  listItemActivity: { method: 'GET', path: '/api/v1/networks/{network}/items/{address}/activity' },
  listCollectionActivity: { method: 'GET', path: '/api/v1/collections/{id}/activity' },
  listContractActivity: { method: 'GET', path: '/api/v1/networks/{network}/contracts/{contract}/activity' },
  listAccountActivity: { method: 'GET', path: '/api/v1/networks/{network}/accounts/{address}/activity' },
  listAccountAssets: { method: 'GET', path: '/api/v1/networks/{network}/accounts/{address}/assets' },
} as const
