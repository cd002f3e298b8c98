import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ApiScope } from '../../core/apiKey.js'
import { FtError } from '../../core/errors.js'
import { callerOfAddress } from '../limits/address.js'
import { enforce } from '../limits/enforce.js'
import type { RateLimiter } from '../limits/rateLimiter.js'
import type { KeyCheck, KnownKey } from './keyCheck.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The key that the request showed; null where none is needed. */
    apiKey: KnownKey | null
  }
  interface FastifyContextConfig {
    /** What the key of a caller must allow; default `read`. */
    scope?: ApiScope
  }
}

export interface Guard {
  /** null: everybody may ask, and keys are not looked at. */
  readonly keys: KeyCheck | null
  readonly limiter: RateLimiter
  /** Requests per minute of an address; null for no limit. */
  readonly addressLimit: number | null
}

/**
 * Guards the routes of an instance. A caller with a key has the key's limit; everybody else, and whoever makes us look a key up, has
 * the limit of the address, so keys cannot be guessed at speed.
 */
export function protect(app: FastifyInstance, guard: Guard): void {
  app.decorateRequest('apiKey', null)
  app.addHook('onRequest', async (request, reply) => {
    const countAddress = async () => {
      if (guard.addressLimit === null) return
      const caller = `address:${callerOfAddress(request.ip)}`
      enforce(reply, 'address', guard.addressLimit, await guard.limiter.take(caller, guard.addressLimit))
    }
    if (guard.keys === null) return await countAddress()
    const key = await guard.keys.check(await presentedKey(request, countAddress), countAddress)
    request.apiKey = key
    const limit = key.requestsPerMinute
    enforce(reply, 'key', limit, await guard.limiter.take(`key:${key.id}`, limit))
    requireScope(request, key)
  })
}

async function presentedKey(request: FastifyRequest, countAddress: () => Promise<void>): Promise<string> {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  const own = request.headers['x-api-key']
  const text = bearer ?? (typeof own === 'string' ? own.trim() : undefined)
  if (text !== undefined) return text
  await countAddress()
  throw new FtError(
    'key_missing',
    'this server wants an API key: send it as "Authorization: Bearer KEY" or "X-API-Key: KEY"; its operator makes one with ft keys create',
  )
}

function requireScope(request: FastifyRequest, key: KnownKey): void {
  const scope = request.routeOptions.config.scope ?? 'read'
  if (key.scopes.includes(scope)) return
  throw new FtError('scope_missing', `the API key ${key.prefix} has no scope "${scope}", which this route needs`)
}
