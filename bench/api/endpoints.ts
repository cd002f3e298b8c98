import { NETWORK, type World } from './world.js'

/** A request of the load. */
export interface BenchRequest {
  readonly path: string
  /** Sent as a POST of JSON. */
  readonly body?: string
}

export interface Endpoint {
  readonly name: string
  /** The n-th different request. */
  request(n: number): BenchRequest
}

/** A stride that is no divisor of any size: requests meet rows in an order that no cache and no index knows. */
const STRIDE = 48_271
const BULK = 100

/** Every endpoint that is measured. Half of the requests to a collection go to the one that holds half of all assets. */
export function endpointsOf(world: World): Endpoint[] {
  const network = `/api/v1/networks/${NETWORK}`
  const assetOf = (n: number) => world.asset((n * STRIDE) % world.assets)
  const collection = (n: number): number => (n % 2 === 0 ? 0 : (n * STRIDE) % world.collections)
  const account = (n: number): string => world.account((n * STRIDE) % world.accounts)
  const get = (name: string, path: (n: number) => string): Endpoint => ({ name, request: (n) => ({ path: path(n) }) })
  const ofAsset = (n: number): string => `/api/v1/assets/${assetOf(n).id}`
  const ofCollection = (n: number): string => `/api/v1/collections/${world.collectionId(collection(n))}`
  const ofContract = (n: number): string => `${network}/contracts/${world.contract(collection(n))}`
  return [
    get('asset', ofAsset),
    get('token', (n) => {
      const { collection: c, tokenId } = assetOf(n)
      return `${network}/contracts/${world.contract(c)}/tokens/${tokenId}`
    }),
    {
      name: `assets, ${BULK} at once`,
      request: (n) => ({
        path: '/api/v1/assets/bulk',
        body: JSON.stringify({
          assets: Array.from({ length: BULK }, (_, k) => ({ asset_id: assetOf(n * BULK + k).id })),
        }),
      }),
    },
    get('owners of an asset', (n) => `${ofAsset(n)}/owners`),
    get('activity of an asset', (n) => `${ofAsset(n)}/activity`),
    get('collection', ofCollection),
    get('contract', ofContract),
    get('assets of a collection', (n) => `${ofCollection(n)}/assets`),
    get('… of one owner', (n) => `${ofCollection(n)}/assets?owner=${account(n)}`),
    get('… cheapest first', (n) => `${ofCollection(n)}/assets?sort=price`),
    get('… sold last first', (n) => `${ofCollection(n)}/assets?sort=last_sale`),
    get('owners of a collection', (n) => `${ofCollection(n)}/owners`),
    get('listings of a collection', (n) => `${ofCollection(n)}/listings`),
    get('activity of a collection', (n) => `${ofCollection(n)}/activity`),
    get('collections by items', (n) => `/api/v1/collections?limit=${1 + (n % 50)}`),
    get('collections by owners', (n) => `/api/v1/collections?sort=-owners&limit=${1 + (n % 50)}`),
    get(
      'collections by volume',
      (n) => `/api/v1/collections?sort=-volume&window=${['24h', '7d', '30d', 'all'][n % 4]}`,
    ),
    get('collections by name', (n) => `/api/v1/collections?search=collection+${n % world.collections}`),
    get('collections by address', (n) => `/api/v1/collections?search=${world.contract(n % world.collections)}`),
    get('contracts of a network', (n) => `${network}/contracts?limit=${1 + (n % 50)}`),
    get('assets of an account', (n) => `${network}/accounts/${account(n)}/assets`),
    get('activity of an account', (n) => `${network}/accounts/${account(n)}/activity`),
    get('networks', () => '/api/v1/networks'),
    get('network', () => network),
  ]
}
