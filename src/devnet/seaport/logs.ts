import { decodeEventLog, type Hex } from 'viem'
import { z } from 'zod'
import { hex } from '../contracts.js'
import { seaportAbi } from './contract.js'
import type { DevOrder } from './order.js'
import { OrderBook } from './orderBook.js'

const address = z.string().transform((value) => hex(value.toLowerCase()))
const word = z.string().transform(hex)
const asked = z.object({
  ...{ itemType: z.int(), token: address, identifierOrCriteria: z.bigint() },
  ...{ startAmount: z.bigint(), endAmount: z.bigint() },
})
const given = z.object({ itemType: z.int(), amount: z.bigint() })

const events = z.discriminatedUnion('eventName', [
  z.object({
    eventName: z.literal('OrderValidated'),
    args: z.object({
      orderParameters: z.object({
        ...{ offerer: address, zone: address, offer: z.array(asked), orderType: z.int() },
        consideration: z.array(asked.extend({ recipient: address })),
        ...{ startTime: z.bigint(), endTime: z.bigint(), zoneHash: word, salt: z.bigint(), conduitKey: word },
      }),
    }),
  }),
  z.object({
    eventName: z.literal('OrderFulfilled'),
    args: z.object({
      orderHash: word,
      offer: z.array(given),
      consideration: z.array(given),
    }),
  }),
  z.object({ eventName: z.literal('OrderCancelled'), args: z.object({ orderHash: word }) }),
  z.object({
    eventName: z.literal('CounterIncremented'),
    args: z.object({ newCounter: z.bigint(), offerer: address }),
  }),
  z.object({ eventName: z.literal('OrdersMatched') }),
])

/** The book of a chain that has a past, from Seaport's logs in order. A validated order has the counter of its moment. */
export function readOrders(logs: readonly { readonly topics: readonly Hex[]; readonly data: Hex }[]): OrderBook {
  const book = new OrderBook()
  for (const { topics, data } of logs) {
    const [signature, ...indexed] = topics
    if (signature === undefined) continue
    const event = events.parse(decodeEventLog({ abi: seaportAbi(), topics: [signature, ...indexed], data }))
    switch (event.eventName) {
      case 'OrderValidated': {
        const parameters = event.args.orderParameters
        const order: DevOrder = { ...parameters, counter: book.counter(parameters.offerer) ?? 0n }
        book.validated(order)
        break
      }
      case 'OrderFulfilled': {
        const nfts = [...event.args.offer, ...event.args.consideration].filter(({ itemType }) => itemType >= 2)
        book.filled(
          event.args.orderHash,
          nfts.reduce((sum, { amount }) => sum + amount, 0n),
        )
        break
      }
      case 'OrderCancelled':
        book.cancelled(event.args.orderHash)
        break
      case 'CounterIncremented':
        book.voided(event.args.offerer, event.args.newCounter)
        break
      case 'OrdersMatched':
    }
  }
  return book
}
