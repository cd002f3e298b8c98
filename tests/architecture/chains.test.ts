import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { chainKinds } from '../../src/core/address.js'
import { readSources, repositoryRoot } from './sources.js'

const ADAPTERS = /^src\/(ingest\/(evm|ton)|devnet)\//
const any = chainKinds.join('|')
/** A comparison with a kind, a case of it, an argument, or a table by kind. */
const ASKS = new RegExp(`([!=]==|case|\\(|\\?) ?'(${any})'|\\b(${any}): `)

/** Paths of the sources outside the adapters whose code asks of which kind a chain is. */
function asking(sources: ReadonlyMap<string, string>): string[] {
  const isMeant = (path: string): boolean => !path.endsWith('.test.ts') && !ADAPTERS.test(path)
  return [...sources].filter(([path, text]) => isMeant(path) && ASKS.test(text)).map(([path]) => path)
}

test('whoever adds a chain is told of every file that asks of which kind a chain is', () => {
  const told = readFileSync(join(repositoryRoot, 'docs/adding-a-chain.md'), 'utf8')
  const files = asking(readSources('src'))
  expect(files.length).toBeGreaterThan(10)
  expect(files.filter((path) => !told.includes(basename(path)))).toEqual([])
})

test.each(["if (kind === 'evm') {", "case 'ton':", "parseAddress('ton', text)", 'const TABLE = { evm: 1 }'])(
  '%s is found',
  (line) => {
    expect(asking(new Map([['src/api/planted.ts', line]]))).toEqual(['src/api/planted.ts'])
    expect(asking(new Map([['src/ingest/ton/planted.ts', line]]))).toEqual([])
  },
)
