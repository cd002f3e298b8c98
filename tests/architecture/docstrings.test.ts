import { type Node, type Statement, SyntaxKind } from 'typescript/unstable/ast'
import {
  isArrowFunction,
  isFunctionDeclaration,
  isFunctionExpression,
  isVariableStatement,
} from 'typescript/unstable/ast/is'
import { expect, test } from 'vitest'
import { locate, parseSources, readSources, type Unit } from './sources.js'

/** Exported functions without a docstring, as `path:line name`. Of overloads the first one carries it. */
function undocumented(unit: Unit): string[] {
  const seen = new Set<string>()
  return [...unit.tree.statements].flatMap((statement) =>
    exportedFunctions(statement).flatMap((name) => {
      const first = !seen.has(name)
      seen.add(name)
      const trivia = unit.text.slice(statement.getFullStart(), statement.getStart(unit.tree))
      return first && !trivia.includes('/**') ? [`${locate(unit, statement)} ${name}`] : []
    }),
  )
}

function exportedFunctions(statement: Statement): string[] {
  if (isFunctionDeclaration(statement) && isExported(statement)) return [statement.name?.text ?? 'default']
  if (!isVariableStatement(statement) || !isExported(statement)) return []
  return statement.declarationList.declarations
    .filter(({ initializer }) => initializer && (isArrowFunction(initializer) || isFunctionExpression(initializer)))
    .map((declaration) => declaration.name.getText())
}

function isExported(statement: { readonly modifiers?: Iterable<Node> | undefined }): boolean {
  return [...(statement.modifiers ?? [])].some((modifier) => modifier.kind === SyntaxKind.ExportKeyword)
}

test('every exported function of src says what it gives', () => {
  const units = parseSources(readSources('src')).filter((unit) => !unit.path.endsWith('.test.ts'))
  expect(units.flatMap(undocumented)).toEqual([])
})

test('a missing docstring is found, on functions, arrow functions and the first overload', () => {
  const text = [
    'export function one() {}',
    'export const two = () => 2',
    '// a comment is no docstring',
    'export async function three(x: string): Promise<void>',
    'export async function three(x: number): Promise<void>',
    'export async function three() {}',
    '/** Documented. */',
    'export function four() {}',
    '/** Documented. */',
    'export const five = function () {}',
    'export const six = 6',
    'function seven() {}',
  ].join('\n')
  const found = parseSources(new Map([['src/planted.ts', text]])).flatMap(undocumented)
  expect(found).toEqual(['src/planted.ts:1 one', 'src/planted.ts:2 two', 'src/planted.ts:4 three'])
})
