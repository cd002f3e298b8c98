import type { OwnerExport } from './queries/ownerExport.js'

/** A caller that reads nothing for so long is cut off: its snapshot keeps the database from cleaning up. */
const STALL_MS = 30_000

/** The text of an export: head, owners, end, one JSON object per line. `onStall` is called when nobody reads. */
export async function* exportLines({ head, rows }: OwnerExport, onStall: () => void): AsyncGenerator<string> {
  let count = 0
  yield line(head)
  for await (const batch of rows()) {
    count += batch.length
    const stalled = setTimeout(onStall, STALL_MS)
    try {
      yield batch.map(line).join('')
    } finally {
      clearTimeout(stalled)
    }
  }
  yield line({ end: true, rows: count })
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}
