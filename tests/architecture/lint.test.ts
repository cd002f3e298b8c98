import { beforeAll, describe, expect, test } from 'vitest'
import { byPath, runOnPlanted } from './plant.js'
import { packageRules } from './rules.js'

/** `path rule` → the planted text that must break it. */
const biomeViolations: Record<string, string> = {
  'src/core/a.ts noExplicitAny': 'export const x: any = 1',
  'src/core/b.ts noNonNullAssertion': 'export const x = (y: string | undefined) => y!.length',
  'src/core/c.ts useImportType': `import { Pool } from './types.js'\nexport let pool: Pool`,
  'src/core/d.ts noImportCycles': `import type { E } from './e.js'\nexport type D = E[]`,
  'src/core/e.ts noImportCycles': `import type { D } from './d.js'\nexport type E = D[]`,
  'src/core/f.ts noUnusedImports': `import { z } from 'zod'`,
  'src/core/g.ts noUnusedVariables': 'const x = 1\nexport {}',
  'src/core/h.ts noProcessEnv': 'export const x = process.env.HOME',
  'src/core/i.ts noEmptyBlockStatements': 'try {\n  f()\n} catch {}',
  'src/core/j.ts noTsIgnore': '// @ts-ignore\nexport const x = 1',
  'src/core/k.ts noConsole': 'console.log(1)',
  'src/core/l.ts useThrowOnlyError': `export const f = () => {\n  throw 'x'\n}`,
  'src/core/m.ts noUnusedVariables': 'try {\n  f()\n} catch (error) {\n  g()\n}',
  'src/core/n.ts noReExportAll': `export * from './types.js'`,
  'src/core/o.ts noDefaultExport': 'export default 1',
  'src/core/p.ts noExcessiveLinesPerFunction': `export function f() {\n${'  g()\n'.repeat(61)}}`,
  'src/core/q.ts noExcessiveLinesPerFile': 'f()\n'.repeat(401),
  'src/core/r.ts noUndeclaredDependencies': `import 'left-pad'`,
  'src/core/s.ts noUndeclaredDependencies': `import 'vitest'`,
  'src/core/t.ts useNodejsImportProtocol': `import 'fs'`,
  'tests/a.test.ts noSkippedTests': `test.skip('x', () => f())`,
  'tests/b.test.ts noFocusedTests': `test.only('x', () => f())`,
}

/** Planted texts that must pass, so that the exceptions are exceptions. */
const biomeAllowed: Record<string, string> = {
  'src/core/config.ts': 'export const x = process.env.HOME',
  'src/core/types.ts': 'export interface Pool {\n  readonly size: number\n}',
  'src/core/types.test.ts': `import { test } from 'vitest'\n\ntest('reads', () => process.env.HOME)`,
  'src/cli/print.ts': 'console.log(1)',
  'tests/c.test.ts': `import { test } from 'vitest'\nimport { z } from 'zod'\n\ntest('reads', () => z.parse(process.env.HOME))`,
}

const oxlintViolations: Record<string, string> = {
  'src/core/a.ts no-floating-promises': 'const f = async () => 1\nf()\nexport {}',
  'src/core/b.ts no-misused-promises': 'export const f = (items: number[]) => items.forEach(async (item) => item)',
  'src/core/c.ts await-thenable': 'export const f = async () => await 1',
  'src/core/d.ts switch-exhaustiveness-check': [
    `export function f(kind: 'apply' | 'revert') {`,
    '  switch (kind) {',
    `    case 'apply':`,
    '      return 1',
    '  }',
    '}',
  ].join('\n'),
}

const oxlintAllowed: Record<string, string> = {
  'src/core/e.ts': 'const f = async () => 1\nawait f()\nvoid f()\nexport {}',
}

interface Finding {
  readonly path: string
  readonly line: number
  readonly rule: string
}

/** What a linter reports about the planted files, read from its GitHub annotations. */
function lint(tool: string, args: readonly string[], files: Record<string, string>): Finding[] {
  const { output } = runOnPlanted(tool, args, files)
  const found = [...output.matchAll(/^::(?:error|warning) (.*?)::/gm)].map(([, text = '']) => {
    const pairs = text.split(',').map((pair) => pair.split('=', 2))
    const properties = new Map(pairs.map(([key = '', value = '']) => [key, value]))
    return {
      path: properties.get('file') ?? '',
      line: Number(properties.get('line')),
      rule: /[\w-]+(?=\)?$)/.exec(properties.get('title') ?? '')?.[0] ?? '',
    }
  })
  if (found.length === 0) throw new Error(`${tool} found nothing:\n${output}`)
  return found
}

function biome(files: Record<string, string>): Finding[] {
  const options = ['--vcs-enabled=false', '--max-diagnostics=none', '--reporter=github']
  return lint('biome', ['lint', ...options, 'src', 'tests'], files)
}

function oxlint(files: Record<string, string>): Finding[] {
  return lint('oxlint', ['--format=github', 'src'], files)
}

describe.each([
  { tool: 'biome', run: biome, violations: biomeViolations, allowed: biomeAllowed },
  { tool: 'oxlint', run: oxlint, violations: oxlintViolations, allowed: oxlintAllowed },
])('$tool fires', ({ run, violations, allowed }) => {
  let found: Finding[]
  beforeAll(() => {
    found = run({ ...byPath(violations), ...allowed })
  }, 60_000)

  test.each(Object.keys(violations))('%s', (key) => {
    expect(found.map(({ path, rule }) => `${path} ${rule}`)).toContain(key)
  })

  test.each(Object.keys(allowed))('not on %s', (path) => {
    expect(found.filter((finding) => finding.path === path)).toEqual([])
  })
})

test('biome keeps the packages at the homes that rules.ts names', () => {
  const guarded = packageRules
    .slice(0, 5)
    .map(({ packages, homes }) => ({ specifiers: packages.map(exampleOf), homes }))
  const specifiers = guarded.flatMap((rule) => rule.specifiers)
  const places = [...new Set(['worker/x', 'core/x', ...guarded.flatMap((rule) => rule.homes)])].map((home) =>
    /^core\//.test(home) ? `src/${home}.ts` : `src/${home}/x.ts`,
  )
  const text = specifiers.map((specifier) => `import type {} from '${specifier}'`).join('\n')
  const found = biome({ ...Object.fromEntries(places.map((path) => [path, text])), 'tests/x.ts': text })
  const allowed = [...places, 'tests/x.ts'].map((path) => {
    const restricted = found.filter((finding) => finding.path === path && finding.rule === 'noRestrictedImports')
    const lines = new Set(restricted.map((finding) => finding.line))
    return [path, specifiers.filter((_, index) => !lines.has(index + 1))]
  })
  const expected = places.map((path) => [
    path,
    guarded
      .filter(({ homes }) => homes.some((home) => path.startsWith(`src/${home}`)))
      .flatMap((rule) => rule.specifiers),
  ])
  expect(allowed).toEqual([...expected, ['tests/x.ts', specifiers]])
})

/** A package that a pattern of rules.ts means. */
function exampleOf(pattern: string): string {
  return pattern.replace(/\/\*$/, '/x').replace(/\*$/, '')
}
