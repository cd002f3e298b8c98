import { headerOf } from '../../tests/support/replay/answer.js'
import { buildChain, forkAt, type LogSpec, type ReplayChain } from '../../tests/support/replay/chain.js'
import { startReplay } from '../../tests/support/replay/server.js'
import { address, transfer721, ZERO } from '../../tests/support/replay/specs.js'
import { command } from './chain.js'

/*
 * The forked chain as a process, for `chain.ts`: blocks of mints, which a fork includes again with other owners. Ends with its parent.
 */

const EVENTS = 300
const FINAL = 4

const mints = (block: number, salt: number): LogSpec[] =>
  Array.from({ length: EVENTS }, (_, i) =>
    transfer721({
      contract: address('nft', i % 20),
      from: ZERO,
      to: address('account', (i + salt) % 100),
      tokenId: BigInt(block * EVENTS + i),
      tx: `${block} ${i}`,
    }),
  )

const stretch = (from: number, count: number, salt: number): LogSpec[][] =>
  Array.from({ length: count }, (_, i) => mints(from + i, salt))

const headOf = (chain: ReplayChain): string => chain.block(chain.height)?.hash ?? ''

let chain = buildChain(stretch(1, FINAL, 0))
let next = chain
const node = await startReplay(chain, { finalized: FINAL })

process.on('message', (message) => {
  const asked = command.parse(message)
  if (asked === 'show') {
    chain = next
    node.setChain(chain)
    return
  }
  const { replaced, count, salt } = asked
  const ancestor = chain.height - replaced
  next = forkAt(chain, ancestor, stretch(ancestor + 1, count, replaced > 0 ? 1 : 0), { salt })
  // A node has its headers: making them is not what is measured.
  for (const block of next.withLogs) headerOf(next, block)
  process.send?.({ hash: headOf(next) })
})
process.once('disconnect', () => process.exit(0))
process.send?.({ url: node.url, hash: headOf(chain) })
