import { FtError } from '../core/errors.js'
import type { ApiOptions } from './options.js'

/**
 * Refuses to serve an address in a way that the caller did not ask for: keys do not exist yet, so `on` cannot be kept, and
 * `auto` would need them wherever others can reach the API.
 * @throws FtError config_invalid naming FT_API_HOST or FT_API_AUTH, and the remedy
 */
export function checkListenAddress(host: string, auth: NonNullable<ApiOptions['auth']>): void {
  if (auth === 'off') return
  if (auth === 'on') {
    throw new FtError(
      'config_invalid',
      'FT_API_AUTH: "on" asks for API keys, which this version does not have; use auto on a loopback address, or FT_API_AUTH=off',
    )
  }
  if (!isLoopback(host)) {
    throw new FtError(
      'config_invalid',
      `FT_API_HOST: ${host} can be reached from other machines, and this version has no API keys to protect it; use FT_API_HOST=127.0.0.1, or FT_API_AUTH=off if everybody who reaches it may read`,
    )
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
