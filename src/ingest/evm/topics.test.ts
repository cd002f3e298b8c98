import { keccak256, toHex } from 'viem'
import { describe, expect, test } from 'vitest'
import * as topics from './topics.js'

const received = '(uint8,address,uint256,uint256,address)'
const spent = '(uint8,address,uint256,uint256)'
const offer = '(uint8,address,uint256,uint256,uint256)'
const consideration = '(uint8,address,uint256,uint256,uint256,address)'
const parameters = `(address,address,${offer}[],${consideration}[],uint8,uint256,uint256,bytes32,uint256,bytes32,uint256)`

describe('every topic0 is the keccak-256 of its signature', () => {
  test.each([
    [topics.TRANSFER, 'Transfer(address,address,uint256)'],
    [topics.TRANSFER_SINGLE, 'TransferSingle(address,address,address,uint256,uint256)'],
    [topics.TRANSFER_BATCH, 'TransferBatch(address,address,address,uint256[],uint256[])'],
    [topics.CONSECUTIVE_TRANSFER, 'ConsecutiveTransfer(uint256,uint256,address,address)'],
    [topics.METADATA_UPDATE, 'MetadataUpdate(uint256)'],
    [topics.BATCH_METADATA_UPDATE, 'BatchMetadataUpdate(uint256,uint256)'],
    [topics.URI, 'URI(string,uint256)'],
    [topics.ORDER_FULFILLED, `OrderFulfilled(bytes32,address,address,address,${spent}[],${received}[])`],
    [topics.ORDERS_MATCHED, 'OrdersMatched(bytes32[])'],
    [topics.ORDER_CANCELLED, 'OrderCancelled(bytes32,address,address)'],
    [topics.COUNTER_INCREMENTED, 'CounterIncremented(uint256,address)'],
    [topics.ORDER_VALIDATED_V1, 'OrderValidated(bytes32,address,address)'],
    [topics.ORDER_VALIDATED, `OrderValidated(bytes32,${parameters})`],
  ])('%s %s', (hash, signature) => {
    expect(hash).toBe(keccak256(toHex(signature)))
  })

  test('addresses are canonical', () => {
    for (const address of topics.SEAPORT.keys()) {
      expect(address).toMatch(/^0x[0-9a-f]{40}$/)
    }
  })
})
