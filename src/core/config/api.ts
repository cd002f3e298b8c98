import type { z } from 'zod'
import type { systemVariables } from './variables.js'

/** How the API listens, and what it asks of callers. */
export interface ApiConfig {
  readonly host: string
  readonly port: number
  readonly auth: 'auto' | 'on' | 'off'
  /** What `auth` comes to on this host. */
  readonly keysRequired: boolean
  /** Origins whose pages may read answers; `*` for all. */
  readonly corsOrigins: readonly string[]
  /** Requests per minute of an address that shows no key; null for no limit. */
  readonly addressLimit: number | null
  /** Addresses and networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
}

/** Requests per minute of an address, unless the configuration says otherwise. */
const ADDRESS_LIMIT = 600

/** The API's part of the configuration. On a loopback address nobody else can ask, so there are no keys and no limits by default. */
export function apiConfig(system: z.output<typeof systemVariables>): ApiConfig {
  const host = system.FT_API_HOST ?? '127.0.0.1'
  const auth = system.FT_API_AUTH ?? 'auto'
  const keysRequired = auth === 'on' || (auth === 'auto' && !isLoopback(host))
  const limit = system.FT_API_RATE_LIMIT ?? (isLoopback(host) && !keysRequired ? 'off' : ADDRESS_LIMIT)
  return {
    host,
    port: system.FT_API_PORT ?? 8080,
    auth,
    keysRequired,
    corsOrigins: system.FT_API_CORS ?? [],
    addressLimit: limit === 'off' ? null : limit,
    trustedProxies: system.FT_API_TRUSTED_PROXIES ?? [],
  }
}

/** A warning for an API that everybody who reaches it may use. */
export function openApi({ host, auth }: ApiConfig): string[] {
  if (auth !== 'off' || isLoopback(host)) return []
  return [`FT_API_AUTH=off on ${host}: whoever reaches this address can use the API without a key`]
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
