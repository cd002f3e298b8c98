import { expect, test } from 'vitest'
import { type NetworkDefinition, registerNetwork } from '../../src/core/networks.js'
import { useTestDatabase } from '../support/database.js'

const database = useTestDatabase()

const avalanche: NetworkDefinition = {
  ...{ name: 'avalanche', chain: 'evm', chainId: 43114, scope: 'all', endpoints: [] },
  finality: { rule: 'tag', depth: 100 },
  nativeCurrency: { symbol: 'AVAX', decimals: 18 },
}

test('prices of a network that the configuration defines are in the native currency that it names', async () => {
  const { id } = await registerNetwork(database.db, avalanche)
  const currencies = 'SELECT address, symbol, decimals FROM ref.currencies WHERE network_id = $1'
  const address = `0x${'00'.repeat(20)}`
  expect(await database.db.query(currencies, [id])).toEqual([{ address, symbol: 'AVAX', decimals: 18 }])
  await registerNetwork(database.db, { ...avalanche, nativeCurrency: { symbol: 'nAVAX', decimals: 9 } })
  expect(await database.db.query(currencies, [id])).toEqual([{ address, symbol: 'nAVAX', decimals: 9 }])
})

test('a name stays with its chain and its contracts, and a chain with its name', async () => {
  const { db } = database
  const { id } = await registerNetwork(db, avalanche)
  const before = await db.query('SELECT * FROM ref.networks')
  await expect(registerNetwork(db, { ...avalanche, chainId: 43113 })).rejects.toMatchObject({
    code: 'wrong_chain',
    message:
      'network avalanche is evm chain 43114 in this database, but evm chain 43113 in the configuration: use another name or another database',
  })
  await expect(registerNetwork(db, { ...avalanche, scope: 'list:1' })).rejects.toMatchObject({
    code: 'scope_changed',
    message: expect.stringContaining('set AVALANCHE_CONTRACTS back'),
  })
  await expect(registerNetwork(db, { ...avalanche, name: 'my-avalanche' })).rejects.toMatchObject({
    code: 'wrong_chain',
    message:
      'network my-avalanche is evm chain 43114, which this database has under the name avalanche: use that name or another database',
  })
  expect(await db.query('SELECT * FROM ref.networks')).toEqual(before)
  expect((await registerNetwork(db, avalanche)).id).toBe(id)
})
