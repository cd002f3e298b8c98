import type { RawEvent } from '../../src/core/events.js'
import { chainEvents } from '../../src/ingest/evm/chainEvents.js'
import { logOf } from '../../src/ingest/evm/log.js'
import { parseLogs } from '../../src/ingest/evm/wire.js'
import type { EvmRecording, RecordedLog } from '../support/mainnet.js'
import { recordedChain } from '../support/replay/recorded.js'

/** All logs of a recording as raw events in chain order, whatever they are: nothing is filtered here. */
export function recordedEvents(recording: EvmRecording): readonly RawEvent[] {
  if (recording.logs.length === 0) return []
  return recordedChain([recording]).withLogs.flatMap((block) => {
    const logs = parseLogs('recording', block.logs)
    const everything = { select: () => logs }
    return chainEvents(recording.chainId, logs, everything).map((event) => ({
      ...event,
      blockNumber: block.number,
      fork: 0,
    }))
  })
}

/** The event of a recorded log. Logs without index are told apart by their data. */
export function eventOf(events: readonly RawEvent[], log: RecordedLog): RawEvent {
  const found = events.find(
    (event) =>
      event.txHash === log.transactionHash &&
      (log.logIndex === null ? logOf(event).data === log.data : event.position === Number(log.logIndex)),
  )
  if (found === undefined) throw new Error(`log ${log.logIndex} of ${log.transactionHash} became no event`)
  return found
}
