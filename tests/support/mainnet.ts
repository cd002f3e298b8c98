import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/*
 * The recordings of real chains. They lie beside the repository and are read in place; FT_SHARED_DIR says where, if elsewhere.
 */

const hex = z.string().regex(/^0x[0-9a-f]*$/)

const recordedLog = z.object({
  address: hex,
  topics: z.array(hex),
  data: hex,
  blockNumber: hex,
  blockHash: hex.nullable(),
  transactionHash: hex,
  transactionIndex: hex.nullable(),
  logIndex: hex.nullable(),
  removed: z.boolean().nullish(),
})
export type RecordedLog = z.infer<typeof recordedLog>

const recordedBlock = z.object({
  number: hex,
  hash: hex,
  parentHash: hex.nullable(),
  timestamp: hex.nullable(),
})

/** What one log has to become; `log` is its position in `logs`. */
const expectation = z.looseObject({ log: z.int(), kind: z.string() })
export type Expectation = z.infer<typeof expectation>

const evmRecordingSchema = z.object({
  chainId: z.int(),
  description: z.string(),
  blocks: z.array(recordedBlock).default([]),
  logs: z.array(recordedLog),
  expect: z.array(expectation),
  expectCounts: z.object({
    mint: z.int(),
    transfer: z.int(),
    burn: z.int(),
    sale: z.int(),
    cancel: z.int(),
    logs: z.int(),
    logsIgnored: z.int(),
  }),
  expectState: z
    .array(
      z.object({
        afterBlock: z.int(),
        erc721Owners: z.int(),
        erc721Digest: z.string(),
        erc1155Deltas: z.int(),
        erc1155Digest: z.string(),
      }),
    )
    .optional(),
  /** What a fork left behind: the hashes that are no longer canonical, and the head after it. */
  expectReorg: z.object({ orphaned: z.array(hex), canonicalHead: hex }).optional(),
})
export type EvmRecording = z.infer<typeof evmRecordingSchema>

/**
 * The folder of the recordings.
 * @throws Error that says how to point to it
 */
export function sharedDir(): string {
  const beside = fileURLToPath(new URL('../../../shared', import.meta.url))
  const folder = path.resolve(process.env['FT_SHARED_DIR'] ?? beside)
  if (existsSync(path.join(folder, 'mainnet'))) return folder
  throw new Error(
    `The recordings of real chains are not in ${folder}/mainnet: put the shared folder beside the repository, or set FT_SHARED_DIR`,
  )
}

/** Names of all EVM recordings. */
export function evmRecordingNames(): readonly string[] {
  return readdirSync(path.join(sharedDir(), 'mainnet/evm'))
    .filter((name) => name.endsWith('.json'))
    .sort()
}

/** One EVM recording, checked. */
export function evmRecording(name: string): EvmRecording {
  const text = readFileSync(path.join(sharedDir(), 'mainnet/evm', name), 'utf8')
  return evmRecordingSchema.parse(JSON.parse(text))
}
