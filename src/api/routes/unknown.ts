import { FtError } from '../../core/errors.js'

/**
 * The 404 of a thing that may exist on the chain, but of which nothing is indexed; `name` is how the caller called it.
 * @throws FtError not_found, always
 */
export function unknown(name: string): never {
  throw new FtError('not_found', `nothing is indexed for ${name}`)
}
