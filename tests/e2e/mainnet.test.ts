import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { evmRecording } from '../support/mainnet.js'
import { type Replay, startReplay } from '../support/replay/server.js'
import { type RunningSystem, startSystem } from '../support/system.js'

/*
 * Nine real Ethereum blocks through the whole system: replayed JSON-RPC → ingestion → bus → pipeline → API. After each block the
 * ownership that the API answers has to have the recorded digest. History starts in the middle here, so some ERC-1155 balances are
 * negative; those are hidden by design and taken from the state instead.
 */

const FIRST = 14_000_004
const recording = evmRecording('eth-blocks-14000004-14000012.json')
const states = recording.expectState ?? []

let database: TestDatabase
let node: Replay
let system: RunningSystem

beforeAll(async () => {
  database = await createTestDatabase()
  node = await startReplay([recording], { head: FIRST, finalized: FIRST })
  system = await startSystem({
    DATABASE_URL: database.url,
    FT_NETWORKS: 'ethereum',
    ETHEREUM_RPC_URL: node.url,
    ETHEREUM_START_BLOCK: String(FIRST),
  })
})

afterAll(async () => {
  await system.stop()
  await node.close()
  await database.drop()
})

async function projected(): Promise<number | undefined> {
  const { data } = await system.client.listNetworks()
  return data[0]?.projected?.number
}

/** Contract and token id of everything that has moved up to a block, each once. */
function movedUntil(block: number): { contract: string; tokenId: string }[] {
  const moved = recording.expect.filter(({ kind, block: at }) => kind !== 'ignored' && Number(at) <= block)
  const tokens = moved.map(({ contract, tokenId }) => ({ contract: String(contract), tokenId: String(tokenId) }))
  return [...new Map(tokens.map((token) => [`${token.contract}:${token.tokenId}`, token])).values()]
}

async function fromApi(block: number): Promise<{ erc721: string[]; erc1155: string[] }> {
  const lines = { erc721: [] as string[], erc1155: [] as string[] }
  for (const { contract, tokenId } of movedUntil(block)) {
    const token = { network: 'ethereum', contract, token_id: tokenId }
    const { data } = await system.client.getToken(token)
    if (data.standard === 'erc721') {
      if (data.owner !== null) lines.erc721.push(`${contract}:${tokenId}:${data.owner}`)
      continue
    }
    for await (const { account_address, quantity } of system.client.pages('listTokenOwners', token)) {
      lines.erc1155.push(`${contract}:${tokenId}:${account_address}:${quantity}`)
    }
  }
  return lines
}

async function hiddenFromApi(): Promise<string[]> {
  const rows = await database.db.query<{ line: string }>(
    `SELECT '0x' || encode(c.address, 'hex') || ':' || a.token_id || ':0x' || encode(o.account_address, 'hex') || ':' || o.quantity AS line
     FROM market.ownership_current o JOIN catalog.assets a USING (asset_id) JOIN catalog.collections c USING (collection_id)
     WHERE o.quantity < 0 AND a.standard = 'erc1155'`,
  )
  return rows.map(({ line }) => line)
}

function digest(lines: readonly string[]): string {
  return createHash('sha256')
    .update([...lines].sort().join('\n'))
    .digest('hex')
}

test.each(states)('after block $afterBlock the ownership in the API has the recorded digest', async (state) => {
  node.setHead(state.afterBlock)
  await expect.poll(projected, { timeout: 10_000, interval: 20 }).toBe(state.afterBlock)
  const { erc721, erc1155 } = await fromApi(state.afterBlock)
  const all1155 = [...erc1155, ...(await hiddenFromApi())]
  expect({ owners: erc721.length, digest: digest(erc721) }).toEqual({
    owners: state.erc721Owners,
    digest: state.erc721Digest,
  })
  expect({ deltas: all1155.length, digest: digest(all1155) }).toEqual({
    deltas: state.erc1155Deltas,
    digest: state.erc1155Digest,
  })
})

test('answers turn from pending to finalized when the chain says so', async () => {
  const last = movedUntil(FIRST + 8).at(-1)
  const token = { network: 'ethereum', contract: last?.contract ?? '', token_id: last?.tokenId ?? '' }
  const status = async (): Promise<string> => (await system.client.getToken(token)).data.finality_status
  expect(await status()).toBe('pending')
  node.setFinalized(FIRST + 8)
  await expect.poll(status, { timeout: 10_000, interval: 20 }).toBe('finalized')
})
