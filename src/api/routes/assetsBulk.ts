import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { assetId, collectionId, itemAssetId } from '../../core/ids.js'
import { addressParam } from '../addressParam.js'
import { responses } from '../answers.js'
import { assetCard } from '../cards/assetCard.js'
import { addressInput, id, networkName, noQuery, tokenIdInput, uuid } from '../fields.js'
import { leastFinal } from '../finality.js'
import { noItems } from '../naturalKey.js'
import type { NetworkDirectory } from '../networkDirectory.js'
import { asOfNetworks, networksOf } from '../networksAnswer.js'
import type { BulkQueries } from '../queries/assetsByIds.js'

interface Dependencies {
  readonly bulk: BulkQueries
  readonly directory: NetworkDirectory
}

const MOST = 100

const byId = z.strictObject({ asset_id: uuid })
const byToken = z.strictObject({ network: networkName, contract: addressInput, token_id: tokenIdInput })
const byAddress = z.strictObject({ network: networkName, address: addressInput })
type AssetKey = z.output<typeof byId> | z.output<typeof byToken> | z.output<typeof byAddress>

const keyOfAsset = z.union([byId, byToken, byAddress], {
  error:
    'must be {asset_id}, {network, contract, token_id}, or {network, address} of an item that is a contract (TON); all are strings',
})
const body = z.strictObject(
  {
    assets: z
      .array(keyOfAsset, { error: 'must be a list' })
      .min(1, { error: 'must name at least one' })
      .max(MOST, { error: `must name at most ${MOST}` })
      .meta({ description: `What to look up, at most ${MOST}: by id or by natural key` }),
  },
  { error: 'must be a JSON object with a list "assets"' },
)
const answer = z.object({
  data: z.array(
    z.object({
      asset_id: id.nullable().meta({ description: 'The id that the key stands for; null when it is not known' }),
      asset: assetCard.nullable().meta({ description: 'null: nothing is indexed under this key' }),
    }),
  ),
  ...asOfNetworks,
})

/** Many assets at once. */
export const assetBulkRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { bulk, directory }) => {
  app.post(
    '/assets/bulk',
    {
      schema: {
        operationId: 'getAssets',
        summary: 'Up to 100 assets at once',
        tags: ['assets'],
        querystring: noQuery,
        body,
        response: responses('One entry per key, in the order of the keys', answer, 400, 404, 413, 415),
      },
    },
    async ({ body: { assets } }) => {
      const ids = await resolve(assets, bulk, directory)
      const rows = await bulk.find(ids.filter((found) => found !== null))
      const { networks, blocks } = networksOf(rows)
      const cards = new Map(rows.filter(({ present }) => present).map(({ item }) => [item.asset_id, item]))
      const data = ids.map((found) => ({ asset_id: found, asset: (found !== null && cards.get(found)) || null }))
      // That there is nothing under a key is said as of the block of its network; an id does not tell which one that is.
      const unknown = assets.filter((_, index) => data[index]?.asset === null)
      const asked = networks.filter(({ network }) =>
        unknown.some((key) => !('network' in key) || key.network === network),
      )
      const parts = [...cards.values(), ...asked].map((part) => part.finality_status)
      return { data, finality_status: leastFinal('finalized', ...parts), blocks }
    },
  )
}

/** The id that each key stands for: computed where it follows from the key, else looked up, all of them in one statement. */
async function resolve(
  keys: readonly AssetKey[],
  bulk: BulkQueries,
  directory: NetworkDirectory,
): Promise<(string | null)[]> {
  const ids = await Promise.all(keys.map(async (key, index) => await locate(key, index, directory)))
  const tokens = ids.filter((found) => typeof found === 'object')
  if (tokens.length === 0) return ids.filter((found) => typeof found === 'string')
  const found = await bulk.findIds(tokens)
  const known = new Map(found.map((row) => [`${row.collectionId} ${row.tokenId}`, row.id]))
  return ids.map((key) => (typeof key === 'string' ? key : (known.get(`${key.collectionId} ${key.tokenId}`) ?? null)))
}

async function locate(key: AssetKey, index: number, directory: NetworkDirectory) {
  if ('asset_id' in key) return key.asset_id
  const { name, chain } = await directory.find(key.network)
  if ('address' in key) {
    if (chain === 'evm')
      throw noItems({ field: `assets[${index}].network`, in: 'body' }, '{network, contract, token_id}')
    return itemAssetId(name, addressParam(chain, key.address, { field: `assets[${index}].address`, in: 'body' }))
  }
  const contract = addressParam(chain, key.contract, { field: `assets[${index}].contract`, in: 'body' })
  if (chain === 'evm') return assetId(name, contract, key.token_id)
  return { collectionId: collectionId(name, contract), tokenId: key.token_id }
}
