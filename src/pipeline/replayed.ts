import { bigint, columns, integer, smallint, uuid } from '../core/columns.js'
import type { Tx } from '../core/db.js'
import type { Parsed, Parser, RawEvent, RawEventsMessage } from '../core/events.js'
import type { Network } from '../core/networks.js'
import { recomputeStubs } from './catalog.js'
import { toEntries } from './entries.js'
import { type EventKey, type LedgerEvent, revertEvents } from './ledger.js'
import { assetsOf, type Normalized, normalize } from './normalize.js'
import { readTransactions } from './sweep/unread.js'

/*
 * Dead letters of the normalizer hold one event each. What it means may depend on the others of its transaction: the transfers confirm a sale,
 * and of two orders that were matched only one counts. So a letter is read with all of them, as it was the first time; and what the
 * ledger has of the others, read without this one, is replaced where it was wrong.
 */

/** Whether a message is such a letter. A transaction of one event may look the same, and bears it: nothing is added to that event. */
export function isLetter({ completes, events }: RawEventsMessage): boolean {
  return completes.length === 0 && events.length === 1
}

/** `normalize` for letters. Reversing entries of what is replaced come first; only what a letter itself still lacks is a failure. */
export async function normalizeLetters(
  tx: Tx,
  network: Network,
  parse: Parser,
  letters: readonly RawEvent[],
): Promise<Normalized> {
  if (letters.length === 0) return { events: [], failures: [] }
  const stored = await readTransactions(tx, network, letters)
  const found = new Set(stored.map(({ sourceEventId }) => sourceEventId))
  const events = [...stored, ...letters.filter(({ sourceEventId }) => !found.has(sourceEventId))]
  const own = new Set(letters.map(({ sourceEventId }) => sourceEventId))
  const parsed = parseLetters(parse, events, own)
  const replaced = await revertReplaced(tx, network, events, parsed)
  const normalized = await normalize(tx, network, (raws) => among(parsed, raws), events)
  return {
    events: [...replaced, ...normalized.events],
    failures: normalized.failures.filter(({ raw }) => own.has(raw.sourceEventId)),
  }
}

/** A letter that cannot be read among the others may be too much in one transaction: it is read alone. */
function parseLetters(parse: Parser, events: readonly RawEvent[], own: ReadonlySet<string>): Parsed {
  const { facts, failures } = parse(events)
  const failed = new Set(failures.map(({ sourceEventId }) => sourceEventId))
  const alone = events
    .filter(({ sourceEventId }) => own.has(sourceEventId) && failed.has(sourceEventId))
    .map((event) => parse([event]))
  const others = failures.filter(({ sourceEventId }) => !own.has(sourceEventId))
  return {
    facts: [...facts, ...alone.flatMap((parsed) => parsed.facts)],
    failures: [...others, ...alone.flatMap((parsed) => parsed.failures)],
  }
}

function among({ facts, failures }: Parsed, raws: readonly RawEvent[]): Parsed {
  const ids = new Set(raws.map(({ sourceEventId }) => sourceEventId))
  const isOf = ({ sourceEventId }: { readonly sourceEventId: string }) => ids.has(sourceEventId)
  return { facts: facts.filter(isOf), failures: failures.filter(isOf) }
}

/** Takes back what the ledger has of these inclusions and what is no longer said, or said otherwise, of events that could be read. */
async function revertReplaced(
  tx: Tx,
  network: Network,
  events: readonly RawEvent[],
  { facts, failures }: Parsed,
): Promise<LedgerEvent[]> {
  const failed = new Set(failures.map(({ sourceEventId }) => sourceEventId))
  const entries = toEntries(network, events, facts)
  const keys = await tx.query<EventKey & Record<string, unknown>>(
    `SELECT k.source_event_id AS "sourceEventId", k.sub_index AS "subIndex"
     FROM unnest($2::uuid[], $3::bigint[], $4::smallint[], $5::bigint[]) AS r (source_event_id, block_number, fork, position)
     JOIN ledger.normalized_event_keys k USING (source_event_id, block_number, fork, position)
     WHERE k.network_id = $1 AND NOT k.is_reverted AND (k.source_event_id, k.sub_index, k.payload_hash) NOT IN (
       SELECT * FROM unnest($6::uuid[], $7::integer[], $8::bigint[]))`,
    [
      network.id,
      ...columns(
        events.filter(({ sourceEventId }) => !failed.has(sourceEventId)),
        uuid((event) => event.sourceEventId),
        bigint((event) => event.blockNumber),
        smallint((event) => event.fork),
        bigint((event) => event.position),
      ),
      ...columns(
        entries,
        uuid((entry) => entry.fact.sourceEventId),
        integer((entry) => entry.fact.subIndex),
        bigint((entry) => entry.payloadHash),
      ),
    ],
  )
  const reversing = await revertEvents(tx, network, keys)
  await recomputeStubs(tx, network, assetsOf(reversing))
  return reversing
}
