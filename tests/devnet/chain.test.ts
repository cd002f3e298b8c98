import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { openDevChain } from '../../src/devnet/chain.js'
import { identify, killAllIn } from '../../src/devnet/processes.js'
import { createDevRpc } from '../../src/devnet/rpc.js'
import { devnet, hashes, temporaryFolder } from './devnets.js'

test('a stopped devnet leaves no process behind, and the next start goes on with the same chain', async () => {
  const dir = await temporaryFolder()
  const first = await devnet(dir)
  await first.mineActivity(20)
  const [before, truth] = [await hashes(first), first.truth()]
  await first.stop()
  expect(await identify(first.pid)).toBeNull()
  await expect(fetch(first.rpcUrl)).rejects.toThrow()

  const second = await devnet(dir)
  expect([first.fresh, second.fresh]).toEqual([true, false])
  expect(await hashes(second)).toEqual(before)
  expect(second.truth()).toEqual(truth)
  expect(second.contracts).toEqual(first.contracts)
  expect((await second.mineActivity(1)).number).toBe(before.length)
})

test('a node that is killed loses no block that it has shown, nor a reorg', async () => {
  const dir = await temporaryFolder()
  const first = await devnet(dir)
  await first.mineActivity(10)
  await first.reorg(4, [[], []])
  await first.mineActivity(3)
  const [before, truth] = [await hashes(first), first.truth()]
  process.kill(first.pid, 'SIGKILL')
  await first.stop()

  const second = await devnet(dir)
  expect(second.fresh).toBe(false)
  expect(await hashes(second)).toEqual(before)
  expect(second.truth()).toEqual(truth)
})

const report = z.object({ number: z.int(), hash: z.string(), node: z.int() })

test('an owner killed at any moment leaves a node that the next start ends, and a chain that it goes on with', async () => {
  const dir = await temporaryFolder()
  const script = fileURLToPath(new URL('owner.ts', import.meta.url))
  const owner = spawn(process.execPath, ['--import', 'tsx', script, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    owner.kill('SIGKILL')
    await killAllIn(dir, 'anvil')
  })
  const shown: z.infer<typeof report>[] = []
  for await (const line of createInterface({ input: owner.stdout })) {
    shown.push(report.parse(JSON.parse(line)))
    if (shown.length === 12) owner.kill('SIGKILL')
  }
  if (owner.exitCode === null && owner.signalCode === null) await once(owner, 'exit')
  const node = shown[0]?.node ?? 0
  expect(await identify(node)).not.toBeNull()

  const next = await devnet(dir)
  expect(await identify(node)).toBeNull()
  expect(next.fresh).toBe(false)
  const known = await hashes(next)
  expect(shown.map(({ number }) => known[number])).toEqual(shown.map(({ hash }) => hash))
})

test('two processes cannot own one chain', async () => {
  const dir = await temporaryFolder()
  const script = fileURLToPath(new URL('owner.ts', import.meta.url))
  const owner = spawn(process.execPath, ['--import', 'tsx', script, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    owner.kill('SIGKILL')
    await killAllIn(dir, 'anvil')
  })
  await once(owner.stdout, 'data')
  await expect(openDevChain({ dir })).rejects.toThrow(`in use by process ${owner.pid}`)
  expect(owner.exitCode).toBeNull()
})

test('a journal line that a crash cut off was never mined and is forgotten', async () => {
  const dir = await temporaryFolder()
  const first = await openDevChain({ dir })
  const { hash } = await first.mine([], first.head().time + 1)
  process.kill(first.pid, 'SIGKILL')
  await first.stop()
  await appendFile(path.join(dir, 'journal-0.jsonl'), '{"parent":"0x12')

  const second = await openDevChain({ dir })
  expect(second.head().hash).toBe(hash)
  await second.mine([], second.head().time + 1)
  const head = second.head()
  process.kill(second.pid, 'SIGKILL')
  await second.stop()
  const third = await openDevChain({ dir })
  expect(third.head()).toEqual(head)
  await third.stop()
})

test('a long journal becomes a state file, and transactions of strangers are kept by one', async () => {
  const dir = await temporaryFolder()
  const chain = await openDevChain({ dir, genesisTime: 1_700_000_000 })
  for (let block = 1; block <= 501; block += 1) await chain.mine([], 1_700_000_000 + block)
  expect((await readdir(dir)).filter((name) => /^state|^journal/.test(name))).toEqual([
    'journal-1.jsonl',
    'state-1.json',
  ])

  const rpc = createDevRpc(chain.rpcUrl)
  const [accounts] = await rpc(['eth_accounts'])
  const [from, to] = z.array(z.string()).parse(accounts)
  await rpc(['eth_sendTransaction', { from, to, value: '0x1' }])
  const { hash, transactions } = await chain.mine([], 1_700_001_000)
  expect(transactions).toBe(1)
  process.kill(chain.pid, 'SIGKILL')
  await chain.stop()

  const again = await openDevChain({ dir })
  expect(again.head().hash).toBe(hash)
  await again.stop()
})

test('a folder whose chain comes out differently is refused, not silently begun anew', async () => {
  const dir = await temporaryFolder()
  const chain = await openDevChain({ dir })
  await chain.mine([], chain.head().time + 1)
  process.kill(chain.pid, 'SIGKILL')
  await chain.stop()
  const strange = { parent: `0x${'1'.repeat(64)}`, time: 2_000_000_000, transactions: [] }
  await appendFile(path.join(dir, 'journal-0.jsonl'), `${JSON.stringify(strange)}\n`)
  await expect(openDevChain({ dir })).rejects.toThrow('came out differently after block 1')
})
