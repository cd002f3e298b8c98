import { EVM_MARKETPLACES } from '../../core/marketplaces.js'

/*
 * topic0 of every event that is read (keccak-256 of the signature; a test recomputes each), and the addresses that decide what
 * an event means. Seaport is deployed at the same addresses on Ethereum and Polygon.
 */

/** `Transfer(address,address,uint256)`: ERC-721 with four topics, ERC-20 with three. */
export const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
/** ERC-1155 `TransferSingle(address,address,address,uint256,uint256)` */
export const TRANSFER_SINGLE = '0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62'
/** ERC-1155 `TransferBatch(address,address,address,uint256[],uint256[])` */
export const TRANSFER_BATCH = '0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb'
/** ERC-2309 `ConsecutiveTransfer(uint256,uint256,address,address)` */
export const CONSECUTIVE_TRANSFER = '0xdeaa91b6123d068f5821d0fb0678463d1a8a6079fe8af5de3ce5e896dcf9133d'

/** ERC-4906 `MetadataUpdate(uint256)` and `BatchMetadataUpdate(uint256,uint256)`, ERC-1155 `URI(string,uint256)`: metadata has changed. */
export const METADATA_UPDATE = '0xf8e1a15aba9398e019f0b49df1a4fde98ee17ae345cb5f6b5e2c27f5033e8ce7'
export const BATCH_METADATA_UPDATE = '0x6bd5c950a8d8df17f772f5af37cb3655737899cbf903264b9795592da439661c'
export const URI = '0x6bb7ff708619ba0610cba295a58592e0451dee2622938c8755667688daf3529b'

/** Seaport 1.1 to 1.6 `OrderFulfilled(bytes32,address,address,address,(uint8,address,uint256,uint256)[],(uint8,address,uint256,uint256,address)[])` */
export const ORDER_FULFILLED = '0x9d9af8e38d66c62e2c12f0225249fd9d721c54b83f48d9352c97c6cacdcb6f31'
/** Seaport 1.4 to 1.6 `OrdersMatched(bytes32[])` */
export const ORDERS_MATCHED = '0x4b9f2d36e1b4c93de62cc077b00b1a91d84b6c31b4a14e012718dcca230689e7'
/** Seaport `OrderCancelled(bytes32,address,address)` */
export const ORDER_CANCELLED = '0x6bacc01dbe442496068f7d234edd811f1a5f833243e0aec824f86ab861f3c90d'
/** Seaport `CounterIncremented(uint256,address)` */
export const COUNTER_INCREMENTED = '0x721c20121297512b72821b97f5326877ea8ecf4bb9948fea5bfcb6453074d37f'
/** Seaport 1.1 `OrderValidated(bytes32,address,address)`: names an order without its content. */
export const ORDER_VALIDATED_V1 = '0xfde361574a066b44b3b5fe98a87108b7565e327327954c4faeea56a4e6491a0a'
/** Seaport 1.2 and later `OrderValidated(bytes32,OrderParameters)` */
export const ORDER_VALIDATED = '0xf280791efe782edcf06ce15c8f4dff17601db3b88eb3805a0db7d77faf757f04'

/** The events that move NFTs, of any contract. */
export const TRANSFER_TOPICS: readonly string[] = [TRANSFER, TRANSFER_SINGLE, TRANSFER_BATCH, CONSECUTIVE_TRANSFER]

/** The events by which contracts say that metadata has changed. */
export const UPDATE_TOPICS: readonly string[] = [METADATA_UPDATE, BATCH_METADATA_UPDATE, URI]

/** Canonical Seaport deployments and their protocol names. Forks emit the same topics with other item types: never parsed. */
export const SEAPORT: ReadonlyMap<string, string> = new Map(
  EVM_MARKETPLACES.filter(({ protocol }) => protocol === 'seaport').map(({ address, version }) => [
    address,
    `seaport-${version}`,
  ]),
)

/** Polygon's chain id, and the block of the Madhugiri fork from which state-sync logs are in the header's bloom (PIP-74). */
export const POLYGON_CHAIN_ID = 137
export const POLYGON_MADHUGIRI = 80_084_800
