import { parseAbi, parseEventLogs, zeroAddress } from 'viem'
import { z } from 'zod'
import { type DevContracts, hex } from './contracts.js'
import type { DevRpc } from './rpc.js'
import { SEAPORT } from './seaport/contract.js'
import { readOrders } from './seaport/logs.js'
import { Truth } from './truth.js'

const abi721 = parseAbi(['event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)'])
const abi20 = parseAbi(['event Transfer(address indexed from, address indexed to, uint256 value)'])
const abi1155 = parseAbi([
  'event TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value)',
  'event TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] values)',
])

const logs = z.array(
  z.object({
    address: z.string(),
    topics: z.array(z.string().transform(hex)),
    data: z.string().transform(hex),
    blockNumber: z.string().transform(BigInt),
    logIndex: z.string().transform(Number),
  }),
)

/**
 * The truth of a chain that has a past, read from all its logs up to the head: for going on after a restart, when what was done
 * is no longer in memory.
 */
export async function readTruth(rpc: DevRpc, contracts: DevContracts): Promise<Truth> {
  const truth = new Truth(contracts, readOrders(await logsOf(rpc, SEAPORT)))
  for (const contract of contracts.erc721) {
    for (const { args } of parseEventLogs({ abi: abi721, logs: await logsOf(rpc, contract) })) {
      truth.setOwner(contract, args.tokenId, args.to === zeroAddress ? null : args.to.toLowerCase())
    }
  }
  for (const contract of contracts.erc1155) {
    for (const { eventName, args } of parseEventLogs({ abi: abi1155, logs: await logsOf(rpc, contract) })) {
      const ids = eventName === 'TransferSingle' ? [args.id] : args.ids
      const values = eventName === 'TransferSingle' ? [args.value] : args.values
      for (const [index, id] of ids.entries()) move(truth, contract, id, args.from, args.to, values[index] ?? 0n)
    }
  }
  for (const { args } of parseEventLogs({ abi: abi20, logs: await logsOf(rpc, contracts.erc20) })) {
    if (args.from !== zeroAddress) truth.addCoins(args.from.toLowerCase(), -args.value)
    if (args.to !== zeroAddress) truth.addCoins(args.to.toLowerCase(), args.value)
  }
  return truth
}

function move(truth: Truth, contract: string, id: bigint, from: string, to: string, amount: bigint): void {
  if (from !== zeroAddress) truth.addBalance(contract, id, from.toLowerCase(), -amount)
  if (to !== zeroAddress) truth.addBalance(contract, id, to.toLowerCase(), amount)
}

async function logsOf(rpc: DevRpc, address: string) {
  const [answer] = await rpc(['eth_getLogs', { address, fromBlock: '0x0', toBlock: 'latest' }])
  return logs.parse(answer).map((log) => ({
    address: hex(log.address),
    topics: log.topics as [`0x${string}`, ...`0x${string}`[]],
    data: log.data,
    blockNumber: log.blockNumber,
    logIndex: log.logIndex,
    ...{ blockHash: null, transactionHash: null, transactionIndex: null, removed: false },
  }))
}
