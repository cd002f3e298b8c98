import type { Problem } from './api.js'

/** An answer that is not a success. */
export class FtApiError extends Error {
  override readonly name = 'FtApiError'
  readonly status: number
  /** The registered code, for example `not_found`; `unknown` where something between here and the server answered. */
  readonly code: Problem['code'] | 'unknown'
  /** The whole problem document; null where the answer is none. */
  readonly problem: Problem | null
  /** Names the request in the server's log. */
  readonly requestId: string | null

  constructor(status: number, problem: Problem | null, requestId: string | null) {
    super(problem === null ? `the server answered ${status}` : `${problem.title}: ${problem.detail}`)
    this.status = status
    this.code = problem?.code ?? 'unknown'
    this.problem = problem
    this.requestId = requestId
  }
}

/** Reads the problem document of an answer that is not a success. */
export async function errorOf(response: Response): Promise<FtApiError> {
  const isProblem = response.headers.get('content-type')?.includes('application/problem+json') === true
  const problem = isProblem ? ((await response.json()) as Problem) : null
  return new FtApiError(response.status, problem, response.headers.get('x-request-id'))
}
