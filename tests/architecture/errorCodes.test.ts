import { isNewExpression, isStringLiteral } from 'typescript/unstable/ast/is'
import { expect, test } from 'vitest'
import { errorRegistry } from '../../src/core/errors.js'
import { isNamed, locate, parseSources, readSources, type Unit, walk } from './sources.js'

const registryFile = 'src/core/errors.ts'
const registered = new Set(Object.keys(errorRegistry))

/** Codes given as a literal to `new FtError(…)`, with where. */
function raised(units: readonly Unit[]): [code: string, at: string][] {
  const found: [string, string][] = []
  for (const unit of units) {
    walk(unit.tree, (node) => {
      if (!isNewExpression(node) || !isNamed(node.expression, 'FtError')) return
      const code = node.arguments?.[0]
      if (code !== undefined && isStringLiteral(code)) found.push([code.text, locate(unit, node)])
    })
  }
  return found
}

/** Registered codes that occur as a string anywhere in the units: also in tables and conditions that choose a code. */
function mentioned(units: readonly Unit[]): Set<string> {
  const found = new Set<string>()
  for (const unit of units) {
    walk(unit.tree, (node) => {
      if (isStringLiteral(node) && registered.has(node.text)) found.add(node.text)
    })
  }
  return found
}

const units = parseSources(readSources('src')).filter(
  (unit) => unit.path !== registryFile && !unit.path.endsWith('.test.ts'),
)

test('every error code that is raised is registered', () => {
  const codes = raised(units)
  expect(codes.length).toBeGreaterThan(0)
  expect(codes.filter(([code]) => !registered.has(code))).toEqual([])
})

test('every registered error code is used', () => {
  const used = mentioned(units)
  expect([...registered].filter((code) => !used.has(code))).toEqual([])
})

test('an unregistered code and a used one are told apart', () => {
  const text = `throw new FtError('no_such_code', 'x')\nconst code = broken ? 'rpc_fatal' : 'rpc_transient'`
  const planted = parseSources(new Map([['src/core/planted.ts', text]]))
  expect(raised(planted)).toEqual([['no_such_code', 'src/core/planted.ts:1']])
  expect([...mentioned(planted)]).toEqual(['rpc_fatal', 'rpc_transient'])
})
