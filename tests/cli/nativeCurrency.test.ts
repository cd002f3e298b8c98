import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openChain } from '../../src/cli/compose/chains.js'
import { loadConfig } from '../../src/core/config.js'
import { createTestDatabase } from '../support/database.js'
import { temporaryFolder } from '../support/temporaryFolder.js'

test('prices in the native currency have the decimals that the file gives it, on a chain that is not built in', async () => {
  const folder = temporaryFolder()
  const database = await createTestDatabase()
  try {
    const finality = { rule: 'depth', depth: 10 }
    const avalanche = { kind: 'evm', chainId: 43_114, finality, nativeCurrency: { symbol: 'AVAX', decimals: 18 } }
    await writeFile(path.join(folder, 'ft.config.json'), JSON.stringify({ networks: { avalanche } }))
    const [config] = loadConfig({ AVALANCHE_RPC_URL: 'http://127.0.0.1:9' }, folder).networks
    if (config === undefined) throw new Error('the file has a network')
    const { network, adapter } = await openChain(database.db, config, null)
    await adapter.close()
    const currencies = await database.db.query(
      `SELECT encode(address, 'hex') AS address, symbol, decimals FROM ref.currencies WHERE network_id = $1`,
      [network.id],
    )
    expect(currencies).toEqual([{ address: '00'.repeat(20), symbol: 'AVAX', decimals: 18 }])
  } finally {
    await database.drop()
  }
})
