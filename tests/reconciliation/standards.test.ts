import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { standardsTask } from '../../src/cli/compose/standards.js'
import { createPool, type Db } from '../../src/core/db.js'
import { collectionId } from '../../src/core/ids.js'
import { findNetwork, type Network, registerNetwork } from '../../src/core/networks.js'
import { rebuildProjections } from '../../src/pipeline/rebuild/rebuild.js'
import { type Asking, askContracts } from '../../src/pipeline/standards.js'
import { Dependencies } from '../../src/worker/dependencies.js'
import { provider } from '../../src/worker/dependency.js'
import { silentLog } from '../../src/worker/log.js'
import { type Anvil, startAnvil } from '../evm/anvil.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { type RunningSystem, startSystem } from '../support/system.js'
import { answers, tokenContract } from '../support/tokenContract.js'

/*
 * Contracts whose events are those of ERC-721: one says the same of itself, one refuses to. The whole system asks them.
 */

const receipt = z.object({ contractAddress: z.string().nullable(), status: z.literal('0x1') })
const networks = z.object({ data: z.array(z.object({ projected: z.object({ number: z.int() }).nullable() })) })
const cards = z.object({ data: z.array(z.object({ contract: z.string(), standard_confidence: z.string() })) })

let anvil: Anvil
let account: string
let honest: string
let silent: string
let database: TestDatabase
let db: Db

async function send(data: string, to?: string): Promise<string> {
  const hash = await anvil.rpc('eth_sendTransaction', { from: account, data, ...(to === undefined ? {} : { to }) })
  await anvil.rpc('evm_mine')
  return receipt.parse(await anvil.rpc('eth_getTransactionReceipt', hash)).contractAddress ?? ''
}

async function deployWithToken(answer: string): Promise<string> {
  const contract = await send(tokenContract(answer))
  await send(`0x${'07'.padStart(64, '0')}`, contract)
  return contract
}

beforeAll(async () => {
  anvil = await startAnvil(137)
  account = z.array(z.string()).parse(await anvil.rpc('eth_accounts'))[0] ?? ''
  honest = await deployWithToken(answers['says that it is ERC-721'])
  silent = await deployWithToken(answers.reverts)
  await anvil.rpc('anvil_mine', '0x4')
  database = await createTestDatabase()
  db = createPool({ url: database.url, role: 'ft_pipeline' })
})

afterAll(async () => {
  await db.end()
  await database.drop()
  await anvil.stop()
})

async function startAndCatchUp(): Promise<RunningSystem> {
  const system = await startSystem({
    ...{ DATABASE_URL: database.url, POLYGON_RPC_URL: anvil.http, POLYGON_START_BLOCK: '0' },
  })
  const projected = async (): Promise<number | undefined> =>
    networks.parse(await system.get('/api/v1/networks')).data[0]?.projected?.number
  await expect.poll(projected, { timeout: 15_000, interval: 20 }).toBe(Number(await anvil.rpc('eth_blockNumber')))
  return system
}

/** What the collections' cards say, by contract. */
async function said(system: RunningSystem): Promise<Readonly<Record<string, string>>> {
  const { data } = cards.parse(await system.get('/api/v1/networks/polygon/contracts'))
  return Object.fromEntries(data.map((card) => [card.contract, card.standard_confidence]))
}

/** The node behind a gate that can be closed, and how many requests came to it. */
async function startGate() {
  const gate = { open: true, requests: 0 }
  const answer = async (body: string, response: ServerResponse): Promise<void> => {
    gate.requests += 1
    const headers = { 'content-type': 'application/json' }
    const passed = gate.open ? await fetch(anvil.http, { method: 'POST', headers, body }) : null
    response.writeHead(passed?.status ?? 503, headers).end(await passed?.text())
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => void answer(Buffer.concat(parts).toString(), response))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const close = () => new Promise((done) => server.close(done).closeAllConnections())
  return Object.assign(gate, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close })
}

test('the system asks the contracts of new collections: one confirms what its events say, one contradicts', async () => {
  const system = await startAndCatchUp()
  await expect
    .poll(() => said(system), { timeout: 30_000, interval: 50 })
    .toEqual({ [honest]: 'confirmed', [silent]: 'contradicted' })
  const one = z.object({ data: z.object({ standard_confidence: z.string() }) })
  const { data } = one.parse(await system.get(`/api/v1/collections/${collectionId('polygon', silent)}`))
  expect(data.standard_confidence).toBe('contradicted')
  await system.stop()
  const network = await findNetwork(db, 'polygon')
  expect(await rebuildProjections({ db: database.db, networks: [network], swap: false, settleMs: 0 })).toEqual([])
})

test('who was asked is not asked again for half a month, and then says what is so by then', async () => {
  const network = await findNetwork(db, 'polygon')
  const adapter = replayAdapter([anvil.http])
  expect(await askContracts(db, network, adapter)).toBe(0)
  const [row] = await db.query<{ days: number[] }>(
    `SELECT array_agg(extract(day FROM ask_after - now())::int ORDER BY 1) AS days FROM catalog.collections`,
  )
  for (const days of row?.days ?? []) expect(days).toBeGreaterThanOrEqual(14)
  // as after an upgrade
  await anvil.rpc('anvil_setCode', silent, await anvil.rpc('eth_getCode', honest, 'latest'))
  await anvil.rpc('evm_mine')
  const { number } = await adapter.head()
  await db.query(`UPDATE catalog.collections SET ask_after = now() - interval '1 second'`)
  expect(
    await askContracts(db, network, { ...adapter, confirms: (questions) => adapter.confirms(questions, number) }),
  ).toBe(2)
  expect(await confidences()).toEqual(['confirmed', 'confirmed'])
  await adapter.close()
})

/** What catalog and read model say, which is the same. */
async function confidences(): Promise<string[]> {
  const rows = await db.query<{ catalog: string; shown: string }>(
    `SELECT c.standard_confidence AS catalog, s.standard_confidence AS shown
     FROM catalog.collections c JOIN projection.collection_stats s USING (collection_id) ORDER BY 1`,
  )
  for (const { catalog, shown } of rows) expect(shown).toBe(catalog)
  return rows.map(({ shown }) => shown)
}

async function forget(): Promise<void> {
  await database.db.query(
    `UPDATE catalog.collections SET standard_confidence = 'unconfirmed', ask_after = '-infinity';
     UPDATE projection.collection_stats SET standard_confidence = 'unconfirmed'`,
  )
}

test('an endpoint that fails is no answer: its collections stay unconfirmed, are left alone for a while, and then asked again', async () => {
  await forget()
  const network = await findNetwork(db, 'polygon')
  const gate = await startGate()
  const adapter = replayAdapter([gate.url])
  gate.open = false
  await expect(askContracts(db, network, adapter)).rejects.toMatchObject({ code: 'rpc_transient' })
  expect(await confidences()).toEqual(['unconfirmed', 'unconfirmed'])
  gate.open = true
  const before = gate.requests
  expect(await askContracts(db, network, adapter)).toBe(0)
  expect(gate.requests).toBe(before)
  await db.query(`UPDATE catalog.collections SET ask_after = ask_after - interval '90 minutes'`)
  expect(await askContracts(db, network, adapter)).toBe(2)
  expect(await confidences()).toEqual(['confirmed', 'contradicted'])
  await adapter.close()
  await gate.close()
})

/** A network beside the other, with one collection: the contract that says what its events say. */
async function otherNetwork(): Promise<Network> {
  const network = await registerNetwork(database.db, {
    ...{
      name: 'other',
      chain: 'evm',
      chainId: 999,
      finality: { rule: 'tag', depth: 256 },
      scope: 'all',
      endpoints: [],
    },
    nativeCurrency: { symbol: 'POL', decimals: 18 },
  })
  await database.db.query(
    `INSERT INTO catalog.collections (collection_id, first_block, first_position, first_sub_index, network_id, standard, address)
     VALUES (gen_random_uuid(), 1, 0, 0, $1, 'erc721', decode($2, 'hex'))`,
    [network.id, honest.slice(2)],
  )
  await database.db.query(
    'UPDATE projection.network_status SET head_number = 8, finalized_number = 8 WHERE network_id = $1',
    [network.id],
  )
  return network
}

test('a network that cannot be asked stops no other one, and is left alone for a while', async () => {
  await forget()
  const gate = await startGate()
  gate.open = false
  const networks = { polygon: await findNetwork(db, 'polygon'), other: await otherNetwork() }
  const chain = (name: keyof typeof networks, url: string) =>
    provider({
      name,
      start: () => ({ network: networks[name], adapter: replayAdapter([url]) }),
      stop: ({ adapter }) => adapter.close(),
    })
  const pool = provider({ name: 'db', start: () => db })
  const task = standardsTask(pool, { polygon: chain('polygon', gate.url), other: chain('other', anvil.http) })
  const running = new Dependencies()
  for (const need of task.needs) await running.start(need, (one) => one.start(running.scope).then(() => true))
  const look = () =>
    task.bind(running.scope)([], { task: task.name, signal: new AbortController().signal, log: silentLog })
  const said = () =>
    db.query(`SELECT DISTINCT network_id, standard_confidence AS said FROM catalog.collections ORDER BY 1`)
  const onlyOther = [
    { network_id: networks.polygon.id, said: 'unconfirmed' },
    { network_id: networks.other.id, said: 'confirmed' },
  ]
  await look()
  expect(await said()).toEqual(onlyOther)
  expect(gate.requests).toBeGreaterThan(0)
  gate.open = true
  gate.requests = 0
  await forget()
  await look()
  expect(await said()).toEqual(onlyOther)
  expect(gate.requests).toBe(0)
  await running.stop((work) => work)
  await gate.close()
})

/** Contracts that confirm everything and have no name, after something has happened. */
function asking(
  first: (questions: readonly { readonly contract: string }[], block: number) => Promise<unknown>,
): Asking {
  return {
    confirms: async (questions, block) => {
      await first(questions, block)
      return questions.map(() => true)
    },
    names: async (contracts) => contracts.map(() => null),
  }
}

test('a collection is asked once its first event is final, and at a block that nodes still know', async () => {
  await forget()
  const network = await findNetwork(db, 'polygon')
  const blocks: number[] = []
  const ask = asking(async (_, block) => void blocks.push(block))
  const status = (head: number, final: number) =>
    database.db.query(`UPDATE projection.network_status SET head_number = $1, finalized_number = $2`, [head, final])
  await status(500, 0)
  expect(await askContracts(db, network, ask)).toBe(0)
  await status(500, 100)
  expect(await askContracts(db, network, ask)).toBe(2)
  await forget()
  await status(500, 490)
  expect(await askContracts(db, network, ask)).toBe(2)
  expect(blocks).toEqual([436, 490])
})

test('a look asks ten at most, those that wait the longest first; others wait for the next', async () => {
  await database.db.query(
    `INSERT INTO catalog.collections (collection_id, first_block, first_position, first_sub_index, network_id, standard, address, ask_after)
     SELECT gen_random_uuid(), 0, 0, 0, network_id, 'erc721', decode(lpad(to_hex(n), 40, '0'), 'hex'), now() - n * interval '1 minute'
     FROM ref.networks, generate_series(1, 15) n`,
  )
  const network = await findNetwork(db, 'polygon')
  const asked: number[][] = []
  const ask = asking(async (questions) => void asked.push(questions.map(({ contract }) => Number(contract))))
  // whose order would be right by itself
  await database.db.query('DROP INDEX catalog.collections_ask')
  expect(await askContracts(db, network, ask)).toBe(10)
  expect(await askContracts(db, network, ask)).toBe(5)
  expect(asked).toEqual([
    [15, 14, 13, 12, 11, 10, 9, 8, 7, 6],
    [5, 4, 3, 2, 1],
  ])
})

test('what a contract said about a standard is not taken for a word about another one', async () => {
  await forget()
  const network = await findNetwork(db, 'polygon')
  const ask = asking(() => database.db.query(`UPDATE catalog.collections SET standard = 'erc1155'`))
  await askContracts(db, network, ask)
  const rows = await db.query(`SELECT DISTINCT standard_confidence AS said FROM catalog.collections`)
  expect(rows).toEqual([{ said: 'unconfirmed' }])
})
