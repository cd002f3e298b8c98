import { getTypesForEIP712Domain, type Hex, serializeTypedData } from 'viem'
import { z } from 'zod'
import { hex } from '../contracts.js'
import type { DevRpc } from '../rpc.js'
import { SEAPORT } from './contract.js'
import { type DevOrder, orderTypes } from './order.js'

/** What a signature of an order is good for: this Seaport, on this chain. */
export function seaportDomain(chainId: number) {
  return { name: 'Seaport', version: '1.6', chainId, verifyingContract: hex(SEAPORT) }
}

/** Signs orders as wallets do (EIP-712): the node has the keys of the accounts, and signs the same way every time. */
export function orderSigner(rpc: DevRpc, chainId: number): (order: DevOrder) => Promise<Hex> {
  return async (order) => {
    const domain = seaportDomain(chainId)
    const typed = serializeTypedData<Record<string, unknown>, 'OrderComponents'>({
      domain,
      types: { EIP712Domain: getTypesForEIP712Domain({ domain }), ...orderTypes },
      primaryType: 'OrderComponents',
      message: { ...order },
    })
    const [signature] = await rpc(['eth_signTypedData_v4', order.offerer, JSON.parse(typed)])
    return hex(z.string().parse(signature))
  }
}
