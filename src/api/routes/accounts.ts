import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { addressParam } from '../addressParam.js'
import { listOf, responses } from '../answers.js'
import { portfolioAsset } from '../cards/assetCard.js'
import { decodeCursor } from '../cursor.js'
import { addressInput, networkName, uuid } from '../fields.js'
import { finalPageQuery } from '../minFinality.js'
import type { NetworkDirectory } from '../networkDirectory.js'
import { pageOf } from '../page.js'
import type { PortfolioQueries } from '../queries/portfolio.js'
import { unknown } from './unknown.js'

interface Dependencies {
  readonly portfolio: PortfolioQueries
  readonly directory: NetworkDirectory
}

/** What accounts hold. Every well-formed address is an account: one that holds nothing has an empty list. */
export const accountRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { portfolio, directory }) => {
  app.get(
    '/networks/:network/accounts/:address/assets',
    {
      schema: {
        operationId: 'listAccountAssets',
        summary: 'Assets that an account holds',
        tags: ['accounts'],
        params: z.object({ network: networkName, address: addressInput }),
        querystring: finalPageQuery,
        response: responses('A page of what the account holds, ordered by asset id', listOf(portfolioAsset), 400, 404),
      },
    },
    async ({ params, query: { limit, cursor, min_finality: wanted } }) => {
      const network = await directory.find(params.network)
      const account = addressParam(network.chain, params.address, { field: 'address', in: 'path' })
      const list = `${wanted} portfolio ${network.name} ${account}`
      const filter = { networkId: network.id, account, onlyFinal: wanted === 'finalized' }
      const rows = await portfolio.ofAccount(filter, decodeCursor(cursor, list, uuid), limit)
      return pageOf(rows, { limit, list, key: (asset) => asset.asset_id }) ?? unknown(network.name)
    },
  )
}
