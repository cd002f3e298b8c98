import { expect, test, vi } from 'vitest'
import { ALICE, BOB, mint, move, serve, token } from '../reorg/chains.js'
import { buildChain, forkAt, type ReplayChain } from '../support/replay/chain.js'
import type { Replay } from '../support/replay/server.js'
import { createRig, type Rig, truthOf } from '../support/rig.js'
import { cliHarness } from './harness.js'

/* `ft rewind` and `ft audit` as a person types them, on a database that was indexed from a node. */

vi.setConfig({ testTimeout: 60_000 })

const { ft } = cliHarness()
const chain = buildChain([...Array.from({ length: 8 }, (_, i) => [mint(i)]), [move(1, ALICE, BOB)]])

/** Indexes what a node serves, all of it final, and gives the environment of a command. */
async function indexed(what: ReplayChain): Promise<{ rig: Rig; node: Replay; env: Record<string, string> }> {
  const node = await serve(what, { finalized: what.height })
  const rig = await createRig()
  const run = rig.ingest([node.url])
  await run.seen(new RegExp(`^backfill \\d+-${what.height}$`))
  await run.stop()
  const env = { DATABASE_URL: rig.url, POLYGON_RPC_URL: node.url, FT_NETWORKS: 'polygon', FT_LOG_LEVEL: 'silent' }
  return { rig, node, env }
}

test('ft rewind with --yes takes the network back and says how far; again there is nothing to do', async () => {
  const { rig, env } = await indexed(chain)
  const rewind = () => ft(['rewind', '--network', 'polygon', '--to', '6', '--yes'], env)
  expect(await rewind()).toEqual({
    code: 0,
    stdout: 'polygon went back from block 9 to 6: 3 blocks, 3 events taken back\n',
    stderr: '',
  })
  expect(await rig.rows()).toEqual(await truthOf(forkAt(chain, 6, [])))
  expect(await rewind()).toMatchObject({ code: 0, stdout: 'nothing to do: polygon is indexed up to block 6\n' })
})

test('ft rewind says so when it goes further back than asked, because nothing tells what the chain has there', async () => {
  const quiet = buildChain([[mint(1)], [mint(2)], [], [], [mint(3)], [mint(4)]])
  const { node, env } = await indexed(quiet)
  node.setChain(forkAt(quiet, 3, [[mint(5)], [mint(6)], [mint(7)]]))
  expect(await ft(['rewind', '--network', 'polygon', '--to', '4', '--yes'], env)).toEqual({
    code: 0,
    stdout:
      'polygon went back from block 6 to 2: 2 blocks, 2 events taken back; nothing is stored of blocks 3 to 4, and they are read again as well\n',
    stderr: '',
  })
})

test('ft rewind asks for the name of the network, does nothing at any other answer, and refuses where nobody can be asked', async () => {
  const { rig, env } = await indexed(chain)
  const before = await rig.rows()
  const argv = ['rewind', '--network', 'polygon', '--to', '6']
  expect(await ft(argv, env)).toMatchObject({ stdout: '', stderr: expect.stringContaining('add --yes') })
  const questions: string[] = []
  const answering = (answer: string) => (question: string) => {
    questions.push(question)
    return Promise.resolve(answer)
  }
  const refused = await ft(argv, env, answering('yes'))
  expect(refused).toMatchObject({ stdout: '', stderr: expect.stringContaining('nothing was done') })
  expect(refused.code).not.toBe(0)
  expect(await rig.rows()).toEqual(before)
  expect(await ft(argv, env, answering('polygon'))).toMatchObject({ code: 0, stdout: expect.stringContaining('to 6') })
  expect(questions[0]).toBe('Take polygon back to block 6? Type the name of the network to go on: ')
})

test('ft rewind and ft audit of bad input name it', async () => {
  const { env } = await indexed(buildChain([[mint(1)]]))
  expect(await ft(['rewind', '--network', 'polygon', '--to', 'six', '--yes'], env)).toMatchObject({ code: 2 })
  const unknown = await ft(['rewind', '--network', 'nowhere', '--to', '6', '--yes'], env)
  expect(unknown.code).not.toBe(0)
  expect(unknown.stderr).toContain('nowhere')
  expect(await ft(['audit', '--network', 'polygon', '--sample', '0'], env)).toMatchObject({ code: 2 })
})

test('ft audit ends with 0 when all is equal, and with 1 after it repaired what another endpoint has', async () => {
  const { rig, env } = await indexed(chain)
  expect(await ft(['audit', '--network', 'polygon'], env)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+ blocks with 9 events compared, 0 differences\n$/),
  })
  await rig.db.query(`DELETE FROM ingest.raw_events WHERE block_number = 3`)
  const looked = await ft(['audit', '--network', 'polygon', '--no-repair'], env)
  expect(looked).toMatchObject({ code: 1, stdout: expect.stringContaining('1 differences, not repaired') })
  const repaired = await ft(['audit', '--network', 'polygon'], env)
  expect(repaired).toMatchObject({ code: 1, stdout: expect.stringContaining('1 differences, repaired') })
  expect(await ft(['audit', '--network', 'polygon'], env)).toMatchObject({ code: 0 })
  expect(await rig.get(token(2))).toMatchObject({ data: { owner: expect.stringContaining(ALICE.slice(2)) } })
})

test('ft audit and ft reconcile say how far they are', async () => {
  const { env } = await indexed(chain)
  const loud = { ...env, FT_LOG_LEVEL: 'info' }
  const { stderr } = await ft(['audit', '--network', 'polygon', '--from', '1', '--to', '9'], loud)
  expect(stderr).toMatch(/"done":9,"total":9,"msg":"polygon audit {2}9 of 9 \(100\.0 %\).*block 9"/)
  expect((await ft(['reconcile', '--network', 'polygon'], loud)).stderr).toMatch(
    /"msg":"polygon reconcile {2}\d+ of \d+/,
  )
})

test('ft audit of a span reads the blocks of it, and no others', async () => {
  const { rig, env } = await indexed(chain)
  await rig.db.query(`DELETE FROM ingest.raw_events WHERE block_number IN (3, 6)`)
  const audit = (...which: string[]) => ft(['audit', '--network', 'polygon', ...which], env)
  expect(await audit('--from', '4', '--to', '5')).toMatchObject({
    code: 0,
    stdout: '2 blocks with 2 events compared, 0 differences\n',
  })
  expect((await audit('--from', '3', '--to', '3')).stdout).toMatch(
    /1 blocks with 1 events compared, 1 differences, repaired\n$/,
  )
  expect((await audit('--from', '1', '--to', '900')).stdout).toMatch(
    /9 blocks with 9 events compared, 1 differences, repaired\n$/,
  )
  expect(await audit('--from', '900', '--to', '901')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^0 blocks/),
  })
  expect(await audit('--dead-letters')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^0 blocks/) })
  for (const which of [
    ['--from', '3'],
    ['--from', '3', '--to', '2'],
    ['--sample', '5', '--dead-letters'],
  ]) {
    expect(await audit(...which)).toMatchObject({ stdout: '', stderr: expect.stringContaining('--') })
  }
})

test('ft audit says what it repaired: blocks that are forked stay as they are', async () => {
  const { rig, env } = await indexed(chain)
  const elsewhere = await serve(forkAt(chain, 7, [[move(2, ALICE, BOB)], [move(3, ALICE, BOB)]]), { finalized: 9 })
  const audit = async () => (await ft(['audit', '--network', 'polygon', '--endpoint', elsewhere.url], env)).stdout
  expect(await audit()).toMatch(/, 2 differences, not repaired\n$/)
  await rig.db.query(`DELETE FROM ingest.raw_events WHERE block_number = 3`)
  expect(await audit()).toMatch(/, 3 differences, 1 of them repaired\n$/)
  expect(await audit()).toMatch(/, 2 differences, not repaired\n$/)
})
