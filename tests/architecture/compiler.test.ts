import { beforeAll, expect, test } from 'vitest'
import { byPath, runOnPlanted } from './plant.js'

/** `path code` → the planted text that the compiler must refuse with this code. */
const violations: Record<string, string> = {
  'src/strict.ts TS7006': 'export const f = (x) => x',
  'src/uncheckedIndex.ts TS2322': 'export const f = (x: string[]): string => x[0]',
  'src/exactOptional.ts TS2375': 'export const x: { y?: number } = { y: undefined }',
  'src/indexSignature.ts TS4111': 'export const f = (x: Record<string, string>) => x.y',
  'src/override.ts TS4114': 'class A {\n  f() {}\n}\nexport class B extends A {\n  f() {}\n}',
  'src/implicitReturn.ts TS7030': 'export function f(x: number) {\n  if (x > 1) return 1\n}',
  'src/fallthrough.ts TS7029': `export function f(x: number) {\n  switch (x) {\n    case 1:\n      f(2)\n    case 2:\n  }\n}`,
  'src/unusedLocal.ts TS6133': 'const x = 1\nexport {}',
  'src/unusedParameter.ts TS6133': 'export const f = (x: number) => 1',
  'src/enum.ts TS1294': 'export enum A {\n  B,\n}',
  'src/parameterProperty.ts TS1294': 'export class A {\n  constructor(readonly x: number) {}\n}',
  'src/namespace.ts TS1294': 'export namespace A {\n  export const x = 1\n}',
  'src/verbatim.ts TS1484': `import { Socket, SocketAddress } from 'node:net'\nimport { NetConnectOpts } from 'node:net'\nexport const f = (x: NetConnectOpts) => [x, Socket, SocketAddress]`,
  'src/ending.ts TS2835': `import { x } from './target'\nexport const y = x`,
  'tests/alsoTests.ts TS7006': 'export const f = (x) => x',
  'bench/alsoBench.ts TS7006': 'export const f = (x) => x',
  'vitest.config.ts TS7006': 'export const f = (x) => x',
}

let output: string
beforeAll(() => {
  const files = { ...byPath(violations), 'src/target.ts': 'export const x = 1' }
  output = runOnPlanted('tsc', ['-p', 'tsconfig.json', '--pretty', 'false'], files).output
}, 60_000)

test.each(Object.keys(violations))('the compiler refuses %s', (key) => {
  const found = [...output.matchAll(/^(\S+)\(\d+,\d+\): error (TS\d+):/gm)].map(([, path, code]) => `${path} ${code}`)
  expect(found).toContain(key)
})

test('and nothing else', () => {
  expect(output).not.toMatch(/target\.ts/)
})
