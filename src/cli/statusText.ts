import { lagOf, type NetworkState, type Place } from '../observability/networkState.js'
import type { SystemState } from './compose/state.js'
import { durationText } from './progress.js'
import { table } from './table.js'

/** What `ft status` shows: a table of networks, stage by stage, and what waits. */
export function statusText(state: SystemState): string {
  const rows = state.networks.map((network) => [
    network.name,
    network.state,
    ...[network.head, network.ingested, network.normalized, network.projected, network.safe, network.finalized].map(
      height,
    ),
    lagText(network, state),
    state.leaders.get(`ingest-${network.name}`) === true ? 'yes' : 'NO',
    network.historyComplete ? 'complete' : `from ${network.startBlock ?? '-'}`,
  ])
  const heads = [
    'network',
    'state',
    'head',
    'stored',
    'normalized',
    'projected',
    'safe',
    'finalized',
    'lag',
    'writer',
    'history',
  ]
  const networks = rows.length === 0 ? 'no network has been indexed yet\n' : table(rows, heads)
  const holes = state.networks.flatMap(holesText)
  return `${networks}${holes.map((line) => `${line}\n`).join('')}\n${table(details(state))}`
}

function height(place: Place | null): string {
  return place === null ? '-' : String(place.number)
}

/** How old the newest block of the read models is. */
function lagText(network: NetworkState, { at }: SystemState): string {
  const lag = lagOf(network.projected, at)
  if (lag === null) return '-'
  return lag < 10 ? `${lag.toFixed(1)} s` : durationText(lag)
}

function holesText({ name, holes }: NetworkState): string[] {
  return holes.map(
    ({ from, to }) =>
      `${name}: blocks ${from} to ${to} have not been read: ft backfill --network ${name} --from ${from} --to ${to}`,
  )
}

function details({ outbox, deadLetters, leaders, storage, asking }: SystemState): (string | number)[][] {
  const waiting = `${outbox.pending} messages wait`
  const oldest = outbox.pending === 0 ? '' : `, the oldest for ${durationText(outbox.oldestSeconds)}`
  const delivering = leaders.get('outbox') === true ? 'a process delivers' : 'NO PROCESS DELIVERS'
  const perNetwork = (counts: ReadonlyMap<string, number>): string =>
    [...counts].map(([network, count]) => `${count} on ${network}`).join(', ')
  const negative = perNetwork(storage.negativeHoldings)
  const notDerivable = perNetwork(storage.notDerivable)
  const metadata = [...asking.metadata].map(([network, { due, oldestSeconds }]) =>
    due === 0
      ? `nothing is due on ${network}`
      : `${due} due on ${network}, the oldest for ${durationText(oldestSeconds)}`,
  )
  const openings = [...asking.openings].map(([network, { blocks }]) => `${blocks} blocks to look through on ${network}`)
  return [
    ['outbox', `${waiting}${oldest}; ${delivering}`],
    ['dead letters', deadLetters === 0 ? '0' : `${deadLetters}: ft dlq list`],
    ['negative', negative === '' ? '0 holdings below zero' : `holdings below zero: ${negative}`],
    ['not derivable', notDerivable === '' ? '0 collections' : `collections: ${notDerivable}; ft reconcile names them`],
    ...(metadata.length === 0 ? [] : [['metadata', metadata.join('; ')]]),
    ...(openings.length === 0 ? [] : [['openings', openings.join('; ')]]),
    ['database', `${(storage.databaseBytes / 1e6).toFixed(0)} MB`],
  ]
}

/** The same as plain data, for `--json`: places are `{ number, time }`, maps objects. */
export function statusJson(state: SystemState): object {
  const { storage, leaders, asking, ...rest } = state
  return {
    ...rest,
    networks: state.networks.map(({ id: _, ...network }) => ({
      ...network,
      lagSeconds: lagOf(network.projected, state.at),
    })),
    leaders: Object.fromEntries(leaders),
    metadata: Object.fromEntries(asking.metadata),
    openings: Object.fromEntries(asking.openings),
    storage: {
      ...storage,
      blocksAhead: Object.fromEntries(storage.blocksAhead),
      negativeHoldings: Object.fromEntries(storage.negativeHoldings),
      notDerivable: Object.fromEntries(storage.notDerivable),
    },
  }
}
