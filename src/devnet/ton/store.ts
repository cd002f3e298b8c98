import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { FtError } from '../../core/errors.js'
import type { DevSeqno } from './blocks.js'

/** Seqnos that are kept: who has read them does not need them again, and a chain that runs for weeks must not fill the disk. */
const KEPT = 5000

const row = z.object({ account: z.string(), lt: z.string(), json: z.string() })
const seqno = z.object({
  seqno: z.int(),
  hash: z.string(),
  time: z.int(),
  endLt: z.string(),
  shardSeqno: z.int(),
  blocks: z.array(z.object({ name: z.string(), json: z.string(), transactions: z.array(row).readonly() })).readonly(),
})
const line = z.object({
  seqno: seqno.nullable(),
  /** Accounts that changed, as ShardAccount in base64. */
  accounts: z.record(z.string(), z.string()),
  /** What was done, as JSON. */
  actions: z.array(z.string()),
})
export type DevLine = z.infer<typeof line>

/** What a chain is made of. */
export interface DevState {
  readonly seqnos: DevSeqno[]
  readonly accounts: Map<string, string>
  readonly actions: string[]
}

/** Keeps a chain in one file, a line for each seqno, which is on disk before anybody can see the seqno. */
export interface DevStore {
  readonly state: DevState
  append(entry: DevLine): void
}

/** Opens the chain of a folder; without one it lives in memory. @throws FtError devnet_failed when the file is damaged */
export function openStore(dir: string | null): DevStore {
  const state: DevState = { seqnos: [], accounts: new Map(), actions: [] }
  const file = dir === null ? null : path.join(dir, 'ton.jsonl')
  if (file !== null) {
    mkdirSync(path.dirname(file), { recursive: true })
    if (existsSync(file)) load(state, file)
    rewrite(state, file)
  }
  return {
    state,
    append: (entry) => {
      if (file !== null) appendFileSync(file, `${JSON.stringify(entry)}\n`)
      apply(state, entry)
    },
  }
}

/** A kill in the middle of a line leaves one that is no JSON; nobody has seen its seqno. */
function load(state: DevState, file: string): void {
  const lines = readFileSync(file, 'utf8').split('\n')
  lines.forEach((text, index) => {
    if (text === '') return
    try {
      apply(state, line.parse(JSON.parse(text)))
    } catch (cause) {
      if (index === lines.length - 1) return
      const message = `${file} is damaged in line ${index + 1}: remove its folder and the database that knows the chain`
      throw new FtError('devnet_failed', message, { cause })
    }
  })
}

function apply(state: DevState, entry: DevLine): void {
  if (entry.seqno !== null) state.seqnos.push(entry.seqno)
  for (const [address, account] of Object.entries(entry.accounts)) state.accounts.set(address, account)
  state.actions.push(...entry.actions)
  // The first one stays: by its hash the chain is known.
  if (state.seqnos.length > KEPT + 1) state.seqnos.splice(1, state.seqnos.length - KEPT - 1)
}

/** Starts the file anew with what is kept. */
function rewrite({ seqnos, accounts, actions }: DevState, file: string): void {
  const first: DevLine = { seqno: null, accounts: Object.fromEntries(accounts), actions }
  const lines = [first, ...seqnos.map((one): DevLine => ({ seqno: one, accounts: {}, actions: [] }))]
  writeFileSync(`${file}.new`, lines.map((one) => `${JSON.stringify(one)}\n`).join(''))
  renameSync(`${file}.new`, file)
}
