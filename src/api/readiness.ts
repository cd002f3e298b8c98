import { isConnectionError } from '../core/db.js'
import type { ApiLogger, ApiOptions, ReadinessCheck } from './options.js'
import type { NetworkQueries, NetworkRow } from './queries/networks.js'

export type Readiness = () => Promise<readonly ReadinessCheck[]>

/**
 * Whether everything is as it should be: the database answers, and every network (the configured ones, else all it knows) is live,
 * that is neither reading its past nor disputed; and whatever the process around adds.
 */
export function readiness(
  networks: NetworkQueries,
  { networks: wanted, readiness: further, log }: Pick<ApiOptions, 'networks' | 'readiness' | 'log'>,
): Readiness {
  return async () => {
    const own = await databaseChecks(networks, wanted, log)
    return [...own, ...((await further?.()) ?? [])]
  }
}

async function databaseChecks(
  networks: NetworkQueries,
  wanted: readonly string[] | undefined,
  log: ApiLogger,
): Promise<ReadinessCheck[]> {
  try {
    const rows = await networks.all()
    const names = wanted ?? rows.map(({ name }) => name)
    const states = names.map((name) =>
      networkCheck(
        name,
        rows.find((row) => row.name === name),
      ),
    )
    const none = { name: 'networks', ok: false, detail: 'no network is registered yet' }
    return [{ name: 'database', ok: true, detail: 'answers' }, ...(states.length === 0 ? [none] : states)]
  } catch (error) {
    log.error({ err: error }, 'readiness: the database does not answer')
    const unreachable = isConnectionError(error instanceof Error && error.cause !== undefined ? error.cause : error)
    return [{ name: 'database', ok: false, detail: unreachable ? 'cannot be reached' : 'refuses to answer' }]
  }
}

function networkCheck(network: string, row: NetworkRow | undefined): ReadinessCheck {
  const name = `network ${network}`
  if (row === undefined) return { name, ok: false, detail: 'is not registered yet' }
  const at = row.projectedNumber === null ? 'nothing is projected yet' : `at block ${row.projectedNumber}`
  const head = row.headNumber === null ? '' : `, head ${row.headNumber}`
  return { name, ok: row.state === 'live', detail: `${row.state}, ${at}${head}` }
}
