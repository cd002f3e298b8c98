import type { BlockSpan } from '../core/events.js'
import type { Cause, Explained } from '../pipeline/derivable.js'
import type { Reconciliation } from '../pipeline/reconcile.js'
import { table } from './table.js'

/** Addresses and blocks that are named; of others there is the number. */
const MOST_NAMED = 10
/** Blocks of one audit: it reads one after the other. */
const MOST_AUDITED = 1_000

/** Whether each mismatch is one of a contract whose events do not tell who holds what. */
export function isExplained({ mismatches }: Reconciliation, explained: readonly Explained[]): boolean {
  const marked = new Set(
    explained.filter(({ cause }) => cause.kind === 'not derivable').map(({ contract }) => contract),
  )
  return mismatches.every(({ question }) => marked.has(question.contract))
}

/** What `ft reconcile` says: what differs, why, and what can be done; then how much was compared and what was left out. */
export function reconcileText(
  network: string,
  { block, checked, incomplete, notDerivable, mismatches }: Reconciliation,
  explained: readonly Explained[],
): string {
  const rows = mismatches.map(({ question, ledger, chain }) => [
    question.contract,
    question.tokenId === null ? '' : String(question.tokenId),
    question.account ?? 'owner',
    ledger ?? 'nobody',
    chain ?? 'nobody',
  ])
  const details = rows.length === 0 ? '' : table(rows, ['contract', 'token', 'of', 'ledger', 'chain'])
  const causes = explained.map(({ contract, cause }) => `${contract}: ${causeText(network, cause)}\n`).join('')
  const middle = incomplete === 0 ? '' : `, ${incomplete} left out because their history starts in the middle`
  const compared =
    checked === 0
      ? 'nothing to compare yet: no holding is final, no history is complete, or all is left out\n'
      : `${checked} holdings compared at block ${block}, ${mismatches.length} mismatches${middle}\n`
  return `${details}${causes}${compared}${leftOutText(network, notDerivable)}`
}

function leftOutText(network: string, contracts: readonly string[]): string {
  const [first] = contracts
  if (first === undefined) return ''
  const what = contracts.length === 1 ? '1 collection' : `${contracts.length} collections`
  return `${what} left out because events do not tell who holds what: ${named(contracts)} (to undo: ft reconcile --network ${network} --unmark ${first})\n`
}

function named(names: readonly (string | number)[]): string {
  const more = names.length - MOST_NAMED
  return `${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function causeText(network: string, cause: Cause): string {
  switch (cause.kind) {
    case 'not derivable':
      return 'the ledger has all its events, and they do not tell who holds what: marked (derivable: false)'
    case 'events differ':
      return eventsText(network, cause)
    case 'blocks not read':
      return `not marked, blocks are missing: ${cause.spans.map((span) => spanText(network, span)).join('; ')}`
    case 'opening balance differs':
      return 'not marked, an opening balance in the ledger is not what the contract says of that block: read its history with ft backfill'
    case 'answers differ':
      return 'not marked, the contract said something else when it was asked again: ft doctor looks at the endpoints'
    case 'unknown':
      return `not marked, its history could not be read a second time: ${cause.reason}`
  }
}

function eventsText(network: string, { missing, extra, blocks }: Extract<Cause, { kind: 'events differ' }>): string {
  const counts = [
    missing === 0 ? '' : `${missing} of its events are missing from the ledger`,
    extra === 0 ? '' : `${extra} movements of the ledger are not among its events`,
  ]
  const [from = 0] = blocks
  const last = blocks.at(-1) ?? from
  const to = last - from < MOST_AUDITED ? last : from
  const audit = `ft audit --network ${network} --from ${from} --to ${to}`
  const what = counts.filter((count) => count !== '').join(', ')
  return `not marked, ${what}, first in blocks ${blocks.join(', ')}: ${audit}; ft dlq list shows events that cannot be read`
}

function spanText(network: string, { from, to }: BlockSpan): string {
  return `ft backfill --network ${network} --from ${from} --to ${to}`
}
