/* A process that owns a development chain and is meant to be killed: says what it has done after each block. */
import { startEvmDevnet } from '../../src/devnet/evm.js'

const [dataDir = ''] = process.argv.slice(2)
const log = { info: () => undefined, error: () => undefined }
const net = await startEvmDevnet({ dataDir, blockTimeMs: null, seed: 7, log })
for (;;) {
  const { number, hash } = await net.mineActivity(1)
  process.stdout.write(`${JSON.stringify({ number, hash, node: net.pid })}\n`)
}
