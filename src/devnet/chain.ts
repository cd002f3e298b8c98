import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { FtError } from '../core/errors.js'
import { turns } from '../core/serial.js'
import { type Anvil, startAnvil } from './anvil.js'
import { type DevBlock, mineBlock, placeCode, prepareBlock, readBlock, replayEntry, rollBack } from './blocks.js'
import {
  type DevTransaction,
  dropGenerations,
  type Generation,
  type Journal,
  openJournal,
  readGeneration,
  stateFile,
} from './journal.js'
import type { PlacedCode } from './seaport/contract.js'
import { writeSnapshot } from './snapshot.js'

/*
 * The development chain outlives its node. Everything that is done to it is written to a journal first and mined then, and anvil
 * gives the same blocks, hash for hash, for the same genesis time, transactions and block times. So a chain whose node or owner
 * was killed is rebuilt as it was, and a database that knows it finds the chain it knows. A stop in order, and a long journal,
 * dump the state, which makes the next start quick.
 */

export interface DevChainOptions {
  /** Folder of the chain; made when missing. */
  readonly dir: string
  /** Genesis time of a new chain, seconds since 1970; default now. */
  readonly genesisTime?: number
  /** How many recent states the node keeps (calls at a height, depth of rollbacks); default 64. */
  readonly historyDepth?: number
}

export interface DevChain extends Pick<Anvil, 'rpcUrl' | 'wsUrl' | 'pid' | 'rpc' | 'exited'> {
  readonly genesisHash: string
  /** True when this start began a new chain: nothing that is known of an earlier one holds. */
  readonly fresh: boolean
  head(): DevBlock
  /**
   * Mines one block. Transactions run in the order given; `time` (seconds since 1970) must not be before the parent's.
   * @throws FtError devnet_failed when the node refuses a transaction; the chain is as before then
   */
  mine(transactions: readonly DevTransaction[], time: number): Promise<DevBlock>
  /** Puts code at addresses, without a transaction: the state has it from the next block on. */
  place(code: readonly PlacedCode[]): Promise<void>
  /**
   * Makes the block at `height` the head again: what is mined then replaces what was above it.
   * @throws FtError devnet_failed when the node no longer has the state of that height
   */
  rollback(height: number): Promise<DevBlock>
  /** Dumps the state and stops the node. After it nothing runs. */
  stop(): Promise<void>
}

const metaFile = z.object({ genesisTime: z.int() })

/** A journal shorter than this is replayed in seconds. */
const SHORT_JOURNAL = 500

/**
 * Opens the chain of a folder, or begins one.
 * @throws FtError devnet_failed when anvil does not run, another process uses the folder, or its chain cannot be rebuilt
 */
export async function openDevChain(options: DevChainOptions): Promise<DevChain> {
  const dir = path.resolve(options.dir)
  await mkdir(dir, { recursive: true })
  const found = await readGeneration(dir)
  const historyDepth = options.historyDepth ?? 64
  const anvil = await startAnvil({
    dir,
    historyDepth,
    genesisTime: await genesisTimeOf(dir, found, options.genesisTime),
    ...(found?.stateFile === undefined ? {} : { stateFile: found.stateFile }),
  })
  try {
    const base = await readBlock(anvil.rpc, 'latest')
    let head = base
    for (const entry of found?.entries ?? []) head = await replayEntry(anvil.rpc, entry, head)
    const generation = found?.number ?? 0
    const journal = await openJournal(dir, generation, found?.entries.length ?? 0)
    const { hash: genesisHash } = await readBlock(anvil.rpc, '0x0')
    return runChain(
      anvil,
      { dir, genesisHash, fresh: found === null, historyDepth, oldestState: base.number },
      { head, journal, generation },
    )
  } catch (error) {
    await anvil.stop()
    throw error
  }
}

async function genesisTimeOf(dir: string, found: Generation | null, wanted: number | undefined): Promise<number> {
  const file = path.join(dir, 'chain.json')
  if (found !== null) return metaFile.parse(JSON.parse(await readFile(file, 'utf8'))).genesisTime
  const genesisTime = wanted ?? Math.floor(Date.now() / 1000)
  await writeFile(file, JSON.stringify({ genesisTime }), { flush: true })
  return genesisTime
}

interface Fixed {
  readonly dir: string
  readonly genesisHash: string
  readonly fresh: boolean
  readonly historyDepth: number
  /** A state file holds the state of its head only: earlier heights cannot be gone back to. */
  readonly oldestState: number
}

interface Moving {
  head: DevBlock
  journal: Journal
  generation: number
}

function runChain(anvil: Anvil, fixed: Fixed, now: Moving): DevChain {
  const { rpcUrl, wsUrl, pid, rpc, exited } = anvil
  const inTurn = turns()

  const beginGeneration = async (): Promise<void> => {
    await writeSnapshot(rpcUrl, stateFile(fixed.dir, now.generation + 1))
    await now.journal.close()
    now.generation += 1
    now.journal = await openJournal(fixed.dir, now.generation, 0)
    await dropGenerations(fixed.dir, now.generation)
  }

  const mine = async (transactions: readonly DevTransaction[], time: number): Promise<DevBlock> => {
    await prepareBlock(rpc, transactions, time)
    await now.journal.append({ parent: now.head.hash, time, transactions: [...transactions] })
    now.head = await mineBlock(rpc)
    // A stranger's transactions are in no journal: only a state file keeps them.
    const strangers = now.head.transactions !== transactions.length
    if (strangers || now.journal.length >= Math.max(SHORT_JOURNAL, now.head.number / 8)) await beginGeneration()
    return now.head
  }

  const place = async (code: readonly PlacedCode[]): Promise<void> => {
    await now.journal.append({ parent: now.head.hash, code: [...code] })
    await placeCode(rpc, code)
  }

  const rollback = async (height: number): Promise<DevBlock> => {
    const oldest = Math.max(fixed.oldestState, now.head.number - fixed.historyDepth + 1)
    if (height < oldest || height > now.head.number) {
      throw new FtError(
        'devnet_failed',
        `the development chain can go back to ${oldest} … ${now.head.number}, not to ${height}`,
      )
    }
    await now.journal.append({ parent: now.head.hash, rollbackTo: height })
    now.head = await rollBack(rpc, now.head.number - height)
    return now.head
  }

  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    try {
      if (now.journal.length > 0) await beginGeneration()
    } catch (error) {
      // A node that is dead dumps nothing, and nothing is lost: the journal is whole.
      if (!(await Promise.race([exited.then(() => true), delay(1000, false)]))) throw error
    } finally {
      await anvil.stop()
      await now.journal.close()
    }
  }
  return {
    ...{ rpcUrl, wsUrl, pid, rpc, exited, genesisHash: fixed.genesisHash, fresh: fixed.fresh },
    head: () => now.head,
    mine: (transactions, time) => inTurn(() => mine(transactions, time)),
    place: (code) => inTurn(() => place(code)),
    rollback: (height) => inTurn(() => rollback(height)),
    stop: () => {
      stopped ??= inTurn(stop)
      return stopped
    },
  }
}
