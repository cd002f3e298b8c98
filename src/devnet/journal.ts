import { type FileHandle, open, readdir, readFile, rm, truncate } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { FtError } from '../core/errors.js'

/** A transaction as the node signs it with one of its own accounts; fees and gas are set by `chain.ts`. */
export const devTransaction = z.object({
  from: z.string(),
  to: z.string().optional(),
  data: z.string(),
  nonce: z.string(),
  /** Money that it carries, in wei, hexadecimal. */
  value: z.string().optional(),
})
export type DevTransaction = z.infer<typeof devTransaction>

/**
 * What is done to the chain: a block of these transactions at this time, going back to a height, or code that stands at addresses
 * from the next block on. `parent`: the head before it.
 */
const entry = z.union([
  z.object({ parent: z.string(), time: z.int(), transactions: z.array(devTransaction) }),
  z.object({ parent: z.string(), rollbackTo: z.int().nonnegative() }),
  z.object({ parent: z.string(), code: z.array(z.object({ address: z.string(), code: z.string() })) }),
])
export type JournalEntry = z.infer<typeof entry>

/*
 * Generation g of a folder is `state-<g>.json` (what anvil dumped; none for generation 0) and `journal-<g>.jsonl` (what was done
 * since). The state file is renamed into place complete, and that rename begins the generation: after a crash at any moment the
 * newest state file and the journal of its number are the whole chain.
 */

const STATE = /^state-(\d+)\.json$/

export interface Journal {
  /** Writes an entry down, on disk before it resolves: nothing the node has shown can be lost afterwards. */
  append(entry: JournalEntry): Promise<void>
  /** Entries since the newest state file. */
  readonly length: number
  close(): Promise<void>
}

/** The newest generation in the folder: its number, its state file (none for 0), and what was done since. */
export interface Generation {
  readonly number: number
  readonly stateFile: string | undefined
  readonly entries: readonly JournalEntry[]
}

/** Path of the state file that begins generation `number`. */
export function stateFile(dir: string, number: number): string {
  return path.join(dir, `state-${number}.json`)
}

/**
 * Reads the newest generation; null when the folder has none. A last line that a crash cut off was never mined, and is removed.
 * @throws FtError devnet_failed when an earlier line cannot be read
 */
export async function readGeneration(dir: string): Promise<Generation | null> {
  const names = await readdir(dir)
  const number = Math.max(0, ...names.map((name) => Number(STATE.exec(name)?.[1] ?? 0)))
  if (number === 0 && !names.includes(path.basename(journalFile(dir, 0)))) return null
  const file = journalFile(dir, number)
  const text = names.includes(path.basename(file)) ? await readFile(file, 'utf8') : ''
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole.length < text.length) await truncate(file, Buffer.byteLength(whole))
  const lines = whole.split('\n').slice(0, -1)
  return {
    number,
    stateFile: number === 0 ? undefined : stateFile(dir, number),
    entries: lines.map((line, index) => parseLine(line, `${file}:${index + 1}`)),
  }
}

/** Opens the journal of a generation for writing, behind what is there. */
export async function openJournal(dir: string, number: number, length: number): Promise<Journal> {
  const handle: FileHandle = await open(journalFile(dir, number), 'a')
  let count = length
  return {
    async append(item) {
      await handle.appendFile(`${JSON.stringify(item)}\n`)
      await handle.datasync()
      count += 1
    },
    get length() {
      return count
    },
    close: () => handle.close(),
  }
}

/** Removes the files of all generations before `number` (of all with Infinity). */
export async function dropGenerations(dir: string, number: number): Promise<void> {
  for (const name of await readdir(dir)) {
    const match = /^(?:state|journal)-(\d+)\.jsonl?(\.new)?$/.exec(name)
    if (match !== null && Number(match[1]) < number) await rm(path.join(dir, name))
  }
}

function journalFile(dir: string, number: number): string {
  return path.join(dir, `journal-${number}.jsonl`)
}

function parseLine(line: string, place: string): JournalEntry {
  try {
    return entry.parse(JSON.parse(line))
  } catch (error) {
    throw new FtError('devnet_failed', `${place} cannot be read: remove the folder to begin a new development chain`, {
      cause: error,
    })
  }
}
