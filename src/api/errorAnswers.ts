import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { MAX_BODY, setCommonHeaders } from './hygiene.js'
import type { ApiLogger } from './options.js'
import { PROBLEM_TYPE, type Problem, problemOf, problemOfError } from './problem.js'
import { problemOfValidation } from './validation.js'

/** Answers everything that goes wrong after routing, and unknown routes, with a problem document. Faults of ours are logged. */
export function answerErrors(app: FastifyInstance, log: ApiLogger): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const problem = problemOfValidation(error) ?? problemOfFramework(error) ?? problemOfError(error)
    if (problem.status >= 500) log.error({ err: error, request_id: request.id, code: problem.code }, 'request failed')
    return sendProblem(reply, problem)
  })
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      problemOf('not_found', `there is no route ${request.method} ${pathOf(request)}; /openapi.json lists all`),
    ),
  )
}

/** For Fastify's `frameworkErrors`: a URL that cannot be decoded, or a part of it that is too long. No hook has run by then. */
export function answerFrameworkError(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  setCommonHeaders(reply)
  void sendProblem(reply, problemOfFramework(error) ?? problemOfError(error))
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .headers(headersOf(problem.status))
    .type(PROBLEM_TYPE)
    .send(problem)
}

function headersOf(status: number): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer realm="ft.supply"' }
  return status === 503 ? { 'retry-after': '1' } : {}
}

function problemOfFramework(error: FastifyError): Problem | undefined {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return problemOf('body_too_large', `the body is larger than ${MAX_BODY} bytes`)
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return problemOf('media_type_unsupported', 'the body must be JSON; send content-type: application/json')
  }
  if (/^FST_ERR_CTP_/.test(error.code ?? '') || (error instanceof SyntaxError && 'statusCode' in error)) {
    return problemOf('request_invalid', 'the body is not valid JSON')
  }
  if (error.code === 'FST_ERR_BAD_URL') return problemOf('request_invalid', 'the path has a broken %-escape')
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH') return problemOf('uri_too_long', 'a part of the path is too long')
  return undefined
}

function pathOf(request: FastifyRequest): string {
  return (request.url.split('?')[0] ?? '').slice(0, 200)
}
