import { type ChainKind, parseAddress } from '../core/address.js'
import { isFtError } from '../core/errors.js'
import { type FieldError, fieldProblem } from './problem.js'

/**
 * The canonical address in a parameter.
 * @throws FtError address_invalid that names the parameter
 */
export function addressParam(chain: ChainKind, input: string, at: Pick<FieldError, 'field' | 'in'>): string {
  try {
    return parseAddress(chain, input)
  } catch (error) {
    if (!isFtError(error, 'address_invalid')) throw error
    throw fieldProblem('address_invalid', { ...at, detail: `is wrong: ${error.message}` })
  }
}

/**
 * The same where the request does not say of which chain the address is: its form does.
 * @throws FtError address_invalid that names the parameter
 */
export function addressParamOfAnyChain(input: string, at: Pick<FieldError, 'field' | 'in'>): string {
  return addressParam(/^(?!0x)(.*:|[^:]{48}$)/i.test(input.trim()) ? 'ton' : 'evm', input, at)
}
