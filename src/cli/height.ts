import { InvalidArgumentError } from 'commander'

/**
 * A block height that an option is given as. Digits only: `Number` makes 0 of an empty text, such as a variable that is not set, and
 * 0 takes a whole network back.
 * @throws InvalidArgumentError
 */
export function height(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('expected a block height')
  return value
}
