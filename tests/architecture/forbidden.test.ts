import { describe, expect, test } from 'vitest'
import { forbiddenIn } from './forbidden.js'
import { parseSources, readSources } from './sources.js'

const environmentHome = 'src/core/config.ts'

function find(text: string, path = 'src/core/planted.ts'): string[] {
  return parseSources(new Map([[path, text]])).flatMap(forbiddenIn)
}

test('no file of src holds any, a double cast, a suppressed type error or an open task; only config reads the environment', () => {
  const found = parseSources(readSources('src')).flatMap((unit) =>
    forbiddenIn(unit).filter((line) => {
      const mayReadEnvironment = unit.path === environmentHome || unit.path.endsWith('.test.ts')
      return !(mayReadEnvironment && line.endsWith(' environment'))
    }),
  )
  expect(found).toEqual([])
})

test('no test holds a double cast, a suppressed type error, an open task, or is switched off or retried', () => {
  const found = parseSources(readSources('tests')).flatMap(forbiddenIn)
  // `any` in a test needs a reason in a biome-ignore; tests may read the environment
  expect(found.filter((line) => !/ (environment|any)$/.test(line))).toEqual([])
})

describe('each forbidden construct is found', () => {
  test.each([
    ['const x: any = 1', 'any'],
    ['const x = y as any', 'any'],
    ['function f(x: Array<any>) {}', 'any'],
    ['const x = y as unknown as string', 'double cast'],
    ['const x = (y as unknown) as string', 'double cast'],
    ['const x = process.env.HOME', 'environment'],
    [`const x = process.env['HOME']`, 'environment'],
    [`const x = process['env']`, 'environment'],
    ['const x = globalThis.process.env', 'environment'],
    ['const { env } = process', 'environment'],
    [`import { env } from 'node:process'`, 'environment'],
    ['// @ts-ignore\nf()', 'suppressed type error'],
    ['/* @ts-expect-error: reason */\nf()', 'suppressed type error'],
    ['// TODO: later', 'open task'],
    ['function f() {\n  /* FIXME */\n}', 'open task'],
    [`test.skip('x', () => {})`, 'switched-off test'],
    [`it.todo('x')`, 'switched-off test'],
    [`describe.only('x', () => {})`, 'switched-off test'],
    [`test.skipIf(true)('x', () => {})`, 'switched-off test'],
    [`test('x', { retry: 3 }, () => {})`, 'switched-off test'],
  ])('%s', (text, construct) => {
    expect(find(text).map((line) => line.replace(/^\S+ /, ''))).toEqual([construct])
  })

  test('and named with its line', () => {
    expect(find('\n\nconst x: any = 1')).toEqual(['src/core/planted.ts:3 any'])
  })
})

test('the same words in strings, templates, regular expressions and longer names are no violations', () => {
  const text = [
    `const a = '// TODO any process.env @ts-ignore'`,
    'const b = `// TODO ${a} // FIXME`',
    'const c = /\\/\\/ TODO/',
    'const anyone = { env: a, retry: b, skip: c }',
    'export const all = [anyone.env, anyone.retry, anyone.skip, a as unknown]',
  ].join('\n')
  expect(find(text)).toEqual([])
})

test('@ts-expect-error passes in tests, where it asserts that something does not compile', () => {
  expect(find('// @ts-expect-error a number is no string\nf(1)', 'src/core/planted.test.ts')).toEqual([])
  expect(find('// @ts-ignore\nf(1)', 'tests/planted.ts')).toEqual(['tests/planted.ts:1 suppressed type error'])
})
