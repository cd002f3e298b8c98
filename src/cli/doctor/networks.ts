import { variablePrefix } from '../../core/config/variables.js'
import type { Config, NetworkConfig } from '../../core/config.js'
import { nameEndpoints } from '../../ingest/endpointNames.js'
import { type EndpointReport, probeEndpoint } from '../../ingest/evm/probe.js'
import { createAdapter } from '../compose/chains.js'
import { reachableNetwork } from '../compose/development.js'
import { durationText } from '../progress.js'
import { attempt, type Finding, ok, warn } from './check.js'

/** A head this old is not what the chain has now. */
const OLD_HEAD_SECONDS = 120
/** Ranges below this make a backfill slow. */
const SHORT_RANGE = 100

/** Blocks whose state a node without an archive keeps (go-ethereum). */
const KEPT_STATES = 128

/** Every endpoint of every configured network, each on its own: one that answers must not hide one that does not. */
export async function checkNetworks(config: Config): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { name, development } of config.networks) {
    if (development && !developmentRuns(config, name)) {
      findings.push(ok(name, 'a development chain; it does not run at the moment, ft up starts it'))
      continue
    }
    const { network } = reachableNetwork(config, name)
    const names = nameEndpoints(name, network.endpoints)
    const checked = names.map((endpoint) => checkEndpoint(network, endpoint.url, `${name} ${endpoint.name}`))
    findings.push(...(await Promise.all(checked)).flat())
    if (names.length === 1 && !development) {
      findings.push(
        warn(
          name,
          'one endpoint only',
          'add a second one: it takes over, and nothing is taken back on the word of one',
        ),
      )
    }
  }
  return findings
}

function developmentRuns(config: Config, name: string): boolean {
  try {
    reachableNetwork(config, name)
    return true
  } catch {
    return false
  }
}

async function checkEndpoint(network: NetworkConfig, url: string, check: string): Promise<Finding[]> {
  return await attempt(
    check,
    (error) => remedyOf(error?.code),
    async () => {
      if (network.kind === 'evm')
        return describe(check, await probeEndpoint(network.name, network.chainId, url), network)
      const adapter = createAdapter({ ...network, endpoints: [url] }, null)
      try {
        await adapter.start()
        const head = await adapter.head()
        return [headFinding(check, head.number, head.time, `block ${head.number}`)]
      } finally {
        await adapter.close()
      }
    },
  )
}

function describe(check: string, report: EndpointReport, network: NetworkConfig): Finding[] {
  const { chainId, finality } = network
  const { head, finalized, logRange, archive } = report
  const final =
    finalized === null
      ? `no finalized tag (depth ${finality.depth} instead)`
      : `finalized ${head.number - finalized} behind`
  const old = archive ? 'archive' : 'no old state (ft reconcile works near the head only)'
  const text = `chain ${chainId}, block ${head.number}, ${final}, getLogs up to ${logRange} blocks, ${old}`
  const findings = [headFinding(check, head.number, head.time, text)]
  const below = finality.rule === 'depth' || finalized === null ? finality.depth : head.number - finalized
  if (!archive && below >= KEPT_STATES) {
    const detail = `no old state, and blocks become final ${below} below the head: ft reconcile cannot ask the contracts`
    findings.push(warn(check, detail, 'add an endpoint with old state (archive)'))
  }
  if (logRange < SHORT_RANGE) {
    const remedy = 'a backfill will be slow: use a plan or a provider with a larger range'
    findings.push(warn(check, `eth_getLogs answers ${logRange} blocks at a time`, remedy))
  }
  if (network.openingBalances && !archive) {
    const remedy = `add an endpoint with old state (archive), or set ${variablePrefix(network.name)}_OPENING_BALANCES=off`
    findings.push(warn(check, 'no old state, so it cannot be asked for opening balances', remedy))
  }
  return findings
}

function headFinding(check: string, number: number, time: number, text: string): Finding {
  const age = Math.max(0, Date.now() / 1000 - time)
  if (age < OLD_HEAD_SECONDS) return ok(check, text)
  const remedy = 'the endpoint lags or the chain stands still: compare with a block explorer'
  return warn(check, `${text}; block ${number} is ${durationText(age)} old`, remedy)
}

function remedyOf(code: string | undefined): string {
  switch (code ?? '') {
    case 'wrong_chain':
      return 'the URL belongs to another network: correct it'
    case 'rpc_fatal':
      return 'check the key in the URL, and that the plan includes this network'
    case 'rate_limited':
      return 'the provider limits requests: wait, use a larger plan, or add an endpoint'
    default:
      return 'check the URL and that it can be reached from this machine'
  }
}
