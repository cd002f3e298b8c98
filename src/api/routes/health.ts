import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { noQuery } from '../fields.js'
import { PROBLEM_TYPE, problem, problemOf } from '../problem.js'
import type { Readiness } from '../readiness.js'

const checks = z.array(
  z.object({
    name: z.string().meta({ examples: ['network polygon'] }),
    ok: z.boolean().meta({ examples: [true] }),
    detail: z.string().meta({ examples: ['live, at block 65000123, head 65000124'] }),
  }),
)
const alive = z.object({ status: z.literal('ok').meta({ examples: ['ok'] }) })
const ready = z.object({ status: z.literal('ready').meta({ examples: ['ready'] }), checks })
const notReady = problem.extend({ checks })
const tags = ['health']

const failed = (description: string, schema: z.ZodType = problem) => ({
  description,
  content: { [PROBLEM_TYPE]: { schema } },
})
const common = { 400: failed('A parameter is not valid'), 414: failed('The URL is too long') }

/** For the process's supervisor and the load balancer. They need no data, so they stay at the root and outside the version. */
export const healthRoutes: FastifyPluginAsyncZod<{ readonly readiness: Readiness }> = async (app, { readiness }) => {
  app.get(
    '/health',
    {
      schema: {
        operationId: 'getHealth',
        summary: 'Whether the process answers',
        tags,
        querystring: noQuery,
        response: { 200: { description: 'It does', content: { 'application/json': { schema: alive } } }, ...common },
      },
    },
    async (_request, reply) => await reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  )
  app.get(
    '/health/ready',
    {
      schema: {
        operationId: 'getReadiness',
        summary:
          'Whether everything is as it should be, and if not, what: 503 also while a network catches up or is disputed',
        tags,
        querystring: noQuery,
        response: {
          200: { description: 'Ready', content: { 'application/json': { schema: ready } } },
          503: failed('Not ready; `checks` says why', notReady),
          ...common,
        },
      },
    },
    async (_request, reply) => {
      const results = [...(await readiness())]
      const missing = results.filter(({ ok }) => !ok)
      reply.header('cache-control', 'no-store')
      if (missing.length === 0) return await reply.send({ status: 'ready', checks: results })
      const detail = missing.map(({ name, detail: reason }) => `${name}: ${reason}`).join('; ')
      return await reply
        .code(503)
        .type(PROBLEM_TYPE)
        .send({ ...problemOf('not_ready', detail), checks: results })
    },
  )
}
