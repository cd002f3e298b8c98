import { settle } from '../sales.js'
import { isOrderEvent, parseMarketEvent } from '../seaport.js'
import {
  COUNTER_INCREMENTED,
  ORDER_CANCELLED,
  ORDER_FULFILLED,
  ORDER_VALIDATED,
  ORDER_VALIDATED_V1,
  ORDERS_MATCHED,
} from '../topics.js'
import { readEach } from './each.js'
import type { MarketplaceParser } from './marketplace.js'

/** Seaport 1.1 to 1.6. Orders are understood together, because a matched pair is one sale (`sales.ts`); all else log by log. */
export const seaportMarketplace: MarketplaceParser = {
  protocol: 'seaport',
  topics: [ORDER_FULFILLED, ORDERS_MATCHED, ORDER_CANCELLED, COUNTER_INCREMENTED, ORDER_VALIDATED_V1, ORDER_VALIDATED],
  naming: [ORDER_FULFILLED, ORDER_VALIDATED],
  parse: (logs, movements) => {
    const orders = logs.filter(isOrderEvent)
    const others = readEach(
      logs.filter((log) => !isOrderEvent(log)),
      parseMarketEvent,
    )
    const sales = settle(orders, movements)
    return {
      facts: new Map([...others.facts, ...[...sales.facts].map(([id, fact]) => [id, [fact]] as const)]),
      failures: [...sales.failures, ...others.failures],
    }
  },
}
