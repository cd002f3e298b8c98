import { FtError } from '../core/errors.js'
import type { BlockHeader } from './adapter.js'
import type { IngestOptions, Writer } from './options.js'

const SECONDS_PER_DAY = 86_400
/** Blocks over which the pace of the chain is measured: it changes without a fork, so it is never assumed. */
const SAMPLE = 1000

/**
 * Refuses a chain that is not the one that was indexed, although it has the same id: a development chain, a new one in place of
 * an old one.
 * @throws FtError wrong_chain
 */
export async function checkGenesis({ db, network }: IngestOptions, genesis: string | null): Promise<void> {
  if (genesis === null) return
  const [row] = await db.query<{ hash: string }>(`SELECT system.set_genesis($1, decode($2, 'hex')) AS hash`, [
    network.id,
    genesis.slice(2),
  ])
  if (row !== undefined && row.hash !== genesis) {
    throw new FtError(
      'wrong_chain',
      `${network.name} was indexed from a chain whose first block is ${row.hash}, but the endpoint's is ${genesis}: use another database`,
    )
  }
}

/**
 * The first block to index. Resolved once, when the network is new, and remembered, because what was indexed from there says
 * whether history is complete.
 */
export async function resolveStart(writer: Writer, head: BlockHeader, finalized: BlockHeader | null): Promise<number> {
  const { db, network } = writer
  const [known] = await db.query<{ start_block: number | null }>(
    'SELECT start_block FROM ref.networks WHERE network_id = $1',
    [network.id],
  )
  if (known?.start_block !== null && known?.start_block !== undefined) return known.start_block
  const { height, complete } = await decide(writer, head, finalized)
  const [row] = await db.query<{ start_block: number }>('SELECT system.set_start_block($1, $2, $3) AS start_block', [
    network.id,
    height,
    complete,
  ])
  if (row === undefined) throw new FtError('internal', `network ${network.name} has no row`)
  return row.start_block
}

async function decide(
  { start, adapter }: Writer,
  head: BlockHeader,
  finalized: BlockHeader | null,
): Promise<{ height: number; complete: boolean }> {
  switch (start.kind) {
    case 'height':
      return { height: start.height, complete: start.height <= 1 }
    case 'latest':
      return { height: head.number, complete: head.number <= 1 }
    case 'finalized': {
      const height = finalized?.number ?? head.number
      return { height, complete: height <= 1 }
    }
    case 'default': {
      const origin = await adapter.origin()
      if (origin !== null) return { height: origin, complete: true }
      const height = Math.max(0, (finalized ?? head).number - (await blocksPerDay(adapter, head)))
      return { height, complete: height <= 1 }
    }
  }
}

async function blocksPerDay(adapter: Writer['adapter'], head: BlockHeader): Promise<number> {
  const distance = Math.min(SAMPLE, head.number)
  if (distance === 0) return 0
  const earlier = await adapter.header(head.number - distance)
  const seconds = Math.max(1, head.time - earlier.time)
  return Math.ceil((SECONDS_PER_DAY * distance) / seconds)
}
