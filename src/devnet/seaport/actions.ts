import { encodeFunctionData, type Hex, zeroAddress, zeroHash } from 'viem'
import { SEAPORT, seaportAbi } from './contract.js'
import { type DevOrder, type OfferItem, orderHash } from './order.js'
import { unitsOf } from './orderBook.js'

/** Something that is done at Seaport. Whoever sends it (`by`) needs only the offerers' signatures. */
export type SeaportAction =
  /** Puts an order on the chain, where anybody can find it. */
  | { readonly kind: 'validate'; readonly order: DevOrder; readonly by: string }
  /** Fills an order, or `units` of one that can be filled in parts: buys from a listing, sells to a bid. */
  | { readonly kind: 'fulfill'; readonly order: DevOrder; readonly by: string; readonly units?: bigint }
  /** Fills a listing and its counterpart with each other. */
  | { readonly kind: 'match'; readonly sold: DevOrder; readonly bought: DevOrder; readonly by: string }
  | { readonly kind: 'cancel'; readonly order: DevOrder }
  /** Voids all orders of `by`: its counter is raised. */
  | { readonly kind: 'void'; readonly by: string }

/** Whether an action is one of Seaport's. */
export function isSeaportAction(action: { readonly kind: string }): action is SeaportAction {
  return ['validate', 'fulfill', 'match', 'cancel', 'void'].includes(action.kind)
}

/** The transaction of an action: who sends it, with what money. `sign` gives the offerer's signature of an order. */
export async function encodeSeaport(
  action: SeaportAction,
  sign: (order: DevOrder) => Promise<Hex>,
): Promise<{ from: string; to: string; data: string; value?: string }> {
  const signed = async (order: DevOrder) => ({ parameters: parametersOf(order), signature: await sign(order) })
  switch (action.kind) {
    case 'validate':
      return call(action.by, 'validate', [[await signed(action.order)]])
    case 'fulfill':
      return fulfillment(action, await signed(action.order))
    case 'match': {
      const orders = [await signed(action.sold), await signed(action.bought)]
      return call(action.by, 'matchOrders', [orders, exchanged(action)])
    }
    case 'cancel':
      return call(action.order.offerer, 'cancel', [[action.order]])
    case 'void':
      return call(action.by, 'incrementCounter', [])
  }
}

function fulfillment(
  { order, by, units }: Extract<SeaportAction, { kind: 'fulfill' }>,
  signed: { readonly parameters: object; readonly signature: Hex },
) {
  const all = unitsOf(order)
  const part = units ?? all
  const native = order.consideration.filter(({ itemType }) => itemType === 0)
  const value = native.reduce((sum, { startAmount }) => sum + (startAmount * part) / all, 0n)
  if (part === all) return call(by, 'fulfillOrder', [signed, zeroHash], value)
  const advanced = { ...signed, numerator: part, denominator: all, extraData: '0x' }
  return call(by, 'fulfillAdvancedOrder', [advanced, [], zeroHash, zeroAddress], value)
}

/** The items of the listing go to the counterpart, its money to everybody whom the listing pays. */
function exchanged({ sold, bought }: Extract<SeaportAction, { kind: 'match' }>) {
  const at = (orderIndex: number, itemIndex: number) => [{ orderIndex, itemIndex }]
  return [
    ...bought.consideration.map((_, n) => ({ offerComponents: at(0, n), considerationComponents: at(1, n) })),
    ...sold.consideration.map((_, n) => ({ offerComponents: at(1, 0), considerationComponents: at(0, n) })),
  ]
}

function parametersOf({ counter: _, ...parameters }: DevOrder) {
  return { ...parameters, totalOriginalConsiderationItems: parameters.consideration.length }
}

function call(from: string, functionName: string, args: readonly unknown[], value = 0n) {
  const data = encodeFunctionData({ abi: seaportAbi(), functionName, args })
  return { from, to: SEAPORT, data, ...(value === 0n ? {} : { value: `0x${value.toString(16)}` }) }
}

/** What changes hands by an action, money of contracts too: what the rules of Seaport say, not its logs. */
export interface Passage {
  readonly item: OfferItem
  readonly amount: bigint
  readonly from: string
  readonly to: string
}

/** The passages of an action, in Seaport's order: first what is offered, then what is asked for. */
export function passagesOf(action: SeaportAction): readonly Passage[] {
  switch (action.kind) {
    case 'fulfill': {
      const { order, by, units } = action
      const all = unitsOf(order)
      const amount = (item: OfferItem) => (item.startAmount * (units ?? all)) / all
      return [
        ...order.offer.map((item) => ({ item, amount: amount(item), from: order.offerer, to: by })),
        ...order.consideration.map((item) => ({ item, amount: amount(item), from: by, to: item.recipient })),
      ]
    }
    case 'match': {
      const { sold, bought } = action
      const given = sold.offer.map((item) => ({ item, from: sold.offerer, to: bought.offerer }))
      const paid = sold.consideration.map((item) => ({ item, from: bought.offerer, to: item.recipient }))
      return [...given, ...paid].map((passage) => ({ ...passage, amount: passage.item.startAmount }))
    }
    case 'validate':
    case 'cancel':
    case 'void':
      return []
  }
}

/** The hashes of the orders that an action fills, with the units. */
export function fillsOf(action: SeaportAction): readonly { readonly hash: Hex; readonly units: bigint }[] {
  if (action.kind === 'fulfill') {
    return [{ hash: orderHash(action.order), units: action.units ?? unitsOf(action.order) }]
  }
  return action.kind === 'match'
    ? [action.sold, action.bought].map((order) => ({ hash: orderHash(order), units: unitsOf(order) }))
    : []
}
