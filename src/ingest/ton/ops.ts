/*
 * Operations: the first 32 bits of a message body. TEP-62, TEP-85; telemint and dns contracts of ton-blockchain; getgems-io/nft-contracts.
 */

export const NFT_TRANSFER = 0x5fcc3d14
export const OWNERSHIP_ASSIGNED = 0x05138d91
export const SBT_DESTROY = 0x1f04537a

export const TELEITEM_START_AUCTION = 0x487a8e81
export const TELEITEM_CANCEL_AUCTION = 0x371638ae
/** Not an operation, but the tag of what an auction's end puts into ownership_assigned. */
export const TELEITEM_BID_INFO = 0x38127de1
/** What an item sends with the proceeds when an auction is settled: to its collection (DNS), to seller and fee account (Telemint). */
export const AUCTION_FILL_UP = 0x370fec51

export const DNS_RELEASE = 0x4ed14b65

export const SALE_V3R3_CHANGE_PRICE = 0x6c6c2080
export const SALE_V4_CHANGE_PRICE = 0xfd135f7b
export const SALE_V4_DEPLOY_JETTON = 0xfb5dbf47
export const OFFER_CANCEL = 3

/** A jetton wallet tells its owner that jettons came (TEP-74). */
export const JETTON_TRANSFER_NOTIFICATION = 0x7362d09c
/** Deploys a jetton wallet: nine tenths of all deployments by messages, and never an NFT. */
export const JETTON_INTERNAL_TRANSFER = 0x178d4519
