import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkImports, type Violation } from './importChecker.js'
import { importsOf } from './importScanner.js'
import { folderRules, packageRules } from './rules.js'
import { parseSources, readSources, repositoryRoot } from './sources.js'

const onDisk = (path: string): boolean => existsSync(join(repositoryRoot, path))

/** Checks planted files; every file that one of them imports must be planted too. */
function check(files: Record<string, string>): Violation[] {
  return checkImports(parseSources(new Map(Object.entries(files))), () => false)
}

function rulesBroken(files: Record<string, string>): string[] {
  return check(files).map(({ rule, at }) => `${rule} ${at}`)
}

describe('the source tree', () => {
  const units = parseSources(readSources('src'))

  test('is read whole: as many files as `find` counts, and more than none', () => {
    const counted = execFileSync('find', ['src', '-type', 'f', '-name', '*.ts'], {
      cwd: repositoryRoot,
      encoding: 'utf8',
    })
    const onDiskPaths = counted.split('\n').filter((line) => line !== '')
    expect(units.length).toBeGreaterThan(0)
    expect(units.map((unit) => unit.path).sort()).toEqual(onDiskPaths.sort())
  })

  test('has imports at all, so that a blind scanner cannot pass', () => {
    const imports = units.flatMap((unit) => importsOf(unit))
    expect(imports.length).toBeGreaterThan(units.length / 2)
  })

  test('keeps every import rule and has no cycle', () => {
    const broken = checkImports(units, onDisk)
    expect(broken.map(({ rule, at, message }) => `${at} ${message} (${rule})`)).toEqual([])
  })
})

describe('the scanner sees every way to import', () => {
  const ways: Record<string, string> = {
    'a default import': `import pg from 'pg'`,
    'a side effect': `import 'pg'`,
    'double quotes over lines': `import {\n  Pool,\n} from "pg"`,
    'a type import': `import type { Pool } from 'pg'`,
    'an inline type': `import { type Pool } from 'pg'`,
    'an export from': `export { Pool } from 'pg'`,
    'an export of types': `export type { Pool } from 'pg'`,
    'an export of everything': `export * from 'pg'`,
    'an import type node': `type Pool = import('pg').Pool`,
    'typeof import': `type Module = typeof import('pg')`,
    'a dynamic import': `const load = () => import('pg')`,
    'a dynamic import of a template': 'const load = () => import(`pg`)',
    'a dynamic import inside a template': 'const text = `${await import("pg")}`',
    'import equals': `import pg = require('pg')`,
    'require of createRequire': `const pg = require('pg')`,
    'require.resolve': `const path = require.resolve('pg/package.json')`,
    'import.meta.resolve': `const path = import.meta.resolve('pg')`,
    'a subpath': `import x from 'pg/lib/utils.js'`,
    'a package of the same family': `import { from } from 'pg-copy-streams'`,
  }
  test.each(Object.entries(ways))('%s', (_way, text) => {
    expect(rulesBroken({ 'src/api/planted.ts': `\n${text}\n` })).toEqual(['package src/api/planted.ts:2'])
  })

  test('and no import in comments, strings, templates or regular expressions', () => {
    const text = [
      `// import a from 'pg'`,
      `/* import a from 'pg' */`,
      `export const a = "import b from 'pg'"`,
      'export const b = `import c from "pg" ${a} import("pg")`',
      `export const c = /import d from 'pg'/`,
    ].join('\n')
    expect(rulesBroken({ 'src/api/planted.ts': text })).toEqual([])
  })

  test('and refuses a file that does not parse', () => {
    expect(() => check({ 'src/api/planted.ts': `import { from 'pg'` })).toThrow(/does not parse/)
  })
})

describe('folders', () => {
  const forbidden: readonly [from: string, to: string][] = [
    ['core/a', 'bus/b'],
    ['core/a', 'ingest/b'],
    ['core/a', 'cli/b'],
    ['observability/a', 'worker/b'],
    ['worker/a', 'bus/b'],
    ['worker/a', 'pipeline/b'],
    ['bus/a', 'ingest/b'],
    ['ingest/a', 'pipeline/b'],
    ['ingest/a', 'ingest/evm/b'],
    ['ingest/evm/a', 'ingest/ton/b'],
    ['ingest/ton/a', 'ingest/evm/b'],
    ['pipeline/a', 'ingest/b'],
    ['pipeline/normalize/a', 'pipeline/state/b'],
    ['pipeline/normalize', 'pipeline/project/b'],
    ['pipeline/state/a', 'pipeline/project/b'],
    ['pipeline/project/a', 'pipeline/normalize/b'],
    ['api/a', 'pipeline/b'],
    ['api/a', 'bus/b'],
    ['api/a', 'worker/b'],
    ['embedded/a', 'cli/b'],
    ['devnet/a', 'ingest/evm/b'],
  ]
  test.each(forbidden)('%s may not import %s, not even its types', (from, to) => {
    const files = { [`src/${from}.ts`]: importOf(from, to, 'import type'), [`src/${to}.ts`]: 'export const x = 1' }
    expect(rulesBroken(files)).toContain(`folder src/${from}.ts:1`)
  })

  test('every pair of folders that the table does not name fails, every pair it names passes', () => {
    const names = folderRules.map((rule) => rule.folder)
    for (const { folder, may, types } of folderRules) {
      for (const other of names.filter((name) => name !== folder)) {
        const files = {
          [`src/${folder}/a.ts`]: importOf(`${folder}/a`, `${other}/b`, 'import'),
          [`src/${other}/b.ts`]: 'export const x = 1',
        }
        const expected = may.includes(other) ? [] : [`folder src/${folder}/a.ts:1`]
        const broken = rulesBroken(files).filter((line) => !line.startsWith('stranger'))
        expect(broken, `${folder} → ${other}${types?.includes(other) ? ' (types only)' : ''}`).toEqual(expected)
      }
    }
  }, 60_000)

  test('bus may use the types of worker, but load nothing of it', () => {
    const worker = { 'src/worker/b.ts': 'export const x = 1' }
    expect(rulesBroken({ 'src/bus/a.ts': importOf('bus/a', 'worker/b', 'import type'), ...worker })).toEqual([])
    expect(rulesBroken({ 'src/bus/a.ts': `import { type x } from '../worker/b.js'`, ...worker })).toEqual([
      'folder src/bus/a.ts:1',
    ])
  })

  test('a new folder, or a file directly in src, needs a rule first', () => {
    expect(rulesBroken({ 'src/helpers/a.ts': '', 'src/main.ts': '' })).toEqual([
      'unplaced src/helpers/a.ts',
      'unplaced src/main.ts',
    ])
  })

  test('nothing outside src is imported, except test support by unit tests', () => {
    const text = `import { x } from '../../tests/support/x.js'`
    const support = { 'tests/support/x.ts': 'export const x = 1' }
    expect(rulesBroken({ 'src/core/a.ts': text, ...support })).toContain('outside src/core/a.ts:1')
    expect(rulesBroken({ 'src/core/a.test.ts': text, ...support })).not.toContain('outside src/core/a.test.ts:1')
  })
})

describe('packages', () => {
  test.each(packageRules)('$packages fail outside $homes and pass at home', ({ packages, homes }) => {
    for (const name of packages.map((pattern) => pattern.replace('*', ''))) {
      const specifier = name.endsWith('/') ? `${name}x` : name
      const text = `import '${specifier}'`
      expect(rulesBroken({ 'src/worker/planted.ts': text })).toEqual(['package src/worker/planted.ts:1'])
      for (const home of homes) expect(rulesBroken({ [`src/${home}.ts`]: text })).toEqual([])
    }
  })

  test('node: modules and packages without a rule pass', () => {
    expect(rulesBroken({ 'src/core/a.ts': `import 'node:crypto'\nimport 'zod'` })).toEqual([])
  })

  test('an alias, a URL and an absolute path are no packages', () => {
    const text = `import '#core'\nimport 'file:///x.js'\nimport '/x.js'`
    expect(rulesBroken({ 'src/core/a.ts': text })).toEqual([1, 2, 3].map((line) => `unresolved src/core/a.ts:${line}`))
  })
})

describe('the graph', () => {
  test('a missing target fails: it would be a missing edge', () => {
    expect(rulesBroken({ 'src/core/a.ts': `import './b.js'` })).toEqual(['unresolved src/core/a.ts:1'])
  })

  test('a computed import fails: it cannot be checked', () => {
    expect(rulesBroken({ 'src/core/a.ts': 'const load = (name: string) => import(name)' })).toEqual([
      'computed src/core/a.ts:1',
    ])
  })

  test('strangers may not meet through a shared file either', () => {
    const files = {
      'src/pipeline/state/a.ts': `import '../shared.js'`,
      'src/pipeline/shared.ts': `import './project/b.js'`,
      'src/pipeline/project/b.ts': 'export const x = 1',
    }
    expect(rulesBroken(files)).toEqual(['stranger src/pipeline/state/a.ts'])
  })

  test('cycles fail, of two files, of three, of types only, and of a file with itself', () => {
    const of = (...targets: string[]) => targets.map((target) => `import type { x } from './${target}.js'`).join('\n')
    expect(rulesBroken({ 'src/core/a.ts': of('b'), 'src/core/b.ts': of('a') })).toEqual([
      'cycle src/core/a.ts',
      'cycle src/core/b.ts',
    ])
    const three = { 'src/core/a.ts': of('b'), 'src/core/b.ts': of('c'), 'src/core/c.ts': of('a') }
    expect(rulesBroken({ ...three, 'src/core/d.ts': of('a') })).toHaveLength(3)
    expect(rulesBroken({ 'src/core/a.ts': of('a') })).toEqual(['cycle src/core/a.ts'])
  })
})

function importOf(from: string, to: string, keyword: string): string {
  const up = '../'.repeat(from.split('/').length - 1)
  return `${keyword} { x } from '${up === '' ? './' : up}${to}.js'`
}
