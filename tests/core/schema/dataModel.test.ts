import { expect, test } from 'vitest'
import { dataModelDoc, undescribed } from './support/dataModelDoc.js'
import { expectFile } from './support/expectFile.js'

test('every schema, table and view says what it holds', async () => {
  expect(await undescribed()).toEqual([])
})

test('docs/data-model.md is what the definitions and the migrations say', async () => {
  await expectFile(new URL('../../../docs/data-model.md', import.meta.url), await dataModelDoc())
})
