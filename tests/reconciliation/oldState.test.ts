import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { startEvmDevnet } from '../../src/devnet/evm.js'
import { cliHarness } from '../cli/harness.js'
import { createTestDatabase } from '../support/database.js'
import { startSystem } from '../support/system.js'

/* A node that keeps the state of few blocks, of a network whose blocks become final further below the head. */

const { ft } = cliHarness()
const networks = z.object({ data: z.array(z.object({ projected: z.object({ number: z.int() }).nullable() })) })

test('where the state of the final block is gone, ft reconcile and ft doctor say that an endpoint with old state is needed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ft-deep-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const log = { info: () => undefined, error: () => undefined }
  const devnet = await startEvmDevnet({ dataDir: folder, blockTimeMs: null, seed: 3, log, historyDepth: 8 })
  onTestFinished(() => devnet.stop())
  const { number: head } = await devnet.mineActivity(160)
  const deep = { kind: 'evm', chainId: 137, finality: { rule: 'depth', depth: 130 } }
  const config = join(folder, 'ft.config.json')
  await writeFile(
    config,
    JSON.stringify({ networks: { deep: { ...deep, nativeCurrency: { symbol: 'POL', decimals: 18 } } } }),
  )
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const env = {
    ...{ FT_CONFIG: config, FT_NETWORKS: 'deep', DATABASE_URL: database.url, FT_LOG_LEVEL: 'silent' },
    ...{ DEEP_RPC_URL: devnet.rpcUrl, DEEP_START_BLOCK: '0' },
  }
  const system = await startSystem(env)
  onTestFinished(() => system.stop())
  await expect
    .poll(async () => networks.parse(await system.get('/api/v1/networks')).data[0]?.projected?.number, {
      ...{ timeout: 60_000, interval: 50 },
    })
    .toBe(head)
  const { code, stdout, stderr } = await ft(['reconcile', '--network', 'deep'], env)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(
    new RegExp(
      `^ft: no endpoint has the state of block ${head - 130} of deep, 130 blocks below the head; .*\\(archive\\)`,
    ),
  )
  expect(stderr.trim().split('\n')).toHaveLength(2)
  const findings = z.array(z.object({ status: z.string(), detail: z.string(), remedy: z.string().optional() }))
  const found = findings.parse(JSON.parse((await ft(['doctor', '--json'], env)).stdout))
  expect(found).toContainEqual({
    status: 'warn',
    detail: 'no old state, and blocks become final 130 below the head: ft reconcile cannot ask the contracts',
    remedy: 'add an endpoint with old state (archive)',
  })
}, 180_000)
