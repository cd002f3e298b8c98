import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { FtError } from '../../core/errors.js'
import { one, responses } from '../answers.js'
import { type NetworkCard, networkCard } from '../cards/networkCard.js'
import { networkName, noQuery } from '../fields.js'
import { leastFinal } from '../finality.js'
import { asOfNetworks, networksOf } from '../networksAnswer.js'
import type { NetworkQueries, NetworkRow } from '../queries/networks.js'

const all = z.object({ data: z.array(networkCard), ...asOfNetworks })
const tags = ['networks']

/** The networks: how far each is read, and how final. */
export const networkRoutes: FastifyPluginAsyncZod<{ readonly networks: NetworkQueries }> = async (
  app,
  { networks },
) => {
  app.get(
    '/networks',
    {
      schema: {
        operationId: 'listNetworks',
        summary: 'All networks',
        tags,
        querystring: noQuery,
        response: responses('Every network, by name; each with the finality of its own', all, 400),
      },
    },
    async () => {
      const rows = await networks.all()
      const status = leastFinal('finalized', ...rows.map(({ finalityStatus }) => finalityStatus))
      return { data: rows.map(card), finality_status: status, blocks: networksOf(rows).blocks }
    },
  )
  app.get(
    '/networks/:network',
    {
      schema: {
        operationId: 'getNetwork',
        summary: 'A network',
        tags,
        params: z.object({ network: networkName }),
        querystring: noQuery,
        response: responses('The network', one(networkCard), 400, 404),
      },
    },
    async ({ params }) => {
      const row = await networks.find(params.network)
      if (row === undefined) {
        throw new FtError('not_found', `no network is called "${params.network}"; /api/v1/networks lists them`)
      }
      return { data: card(row), ...row.answer }
    },
  )
}

function card(row: NetworkRow): NetworkCard {
  const { headNumber, projectedNumber } = row
  return {
    network: row.name,
    chain: row.chain,
    chain_id: row.chainId,
    state: row.state,
    start_block: row.startBlock,
    history_complete: row.historyComplete,
    coverage: rangesOf(row.projected),
    head: block(headNumber, row.headHash, row.headTime),
    safe: block(row.safeNumber, row.safeHash, row.safeTime),
    finalized: block(row.finalizedNumber, row.finalizedHash, row.finalizedTime),
    projected: block(projectedNumber, row.projectedHash, row.projectedTime),
    lag_blocks: headNumber === null || projectedNumber === null ? null : Math.max(0, headNumber - projectedNumber),
    lag_seconds: row.lagSeconds,
    updated_at: row.updatedAt,
    finality_status: row.finalityStatus,
  }
}

function block(number: number | null, hash: string | null, time: string | null) {
  return number === null ? null : { number, hash, time }
}

/** `{[1,5),[9,12)}` holds the blocks 1 to 4 and 9 to 11: PostgreSQL writes the first that is not in a range. */
function rangesOf(multirange: string) {
  return [...multirange.matchAll(/\[(\d+),(\d+)\)/g)].map(([, from, end]) => ({
    from_block: Number(from),
    to_block: Number(end) - 1,
  }))
}
