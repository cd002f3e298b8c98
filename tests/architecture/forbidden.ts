import { type Node, SyntaxKind } from 'typescript/unstable/ast'
import {
  isAsExpression,
  isCallExpression,
  isElementAccessExpression,
  isImportDeclaration,
  isNoSubstitutionTemplateLiteral,
  isObjectBindingPattern,
  isObjectLiteralExpression,
  isParenthesizedExpression,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isStringLiteral,
  isVariableDeclaration,
} from 'typescript/unstable/ast/is'
import { isNamed, locate, type Unit, walk } from './sources.js'

export type Construct =
  | 'any'
  | 'double cast'
  | 'environment'
  | 'suppressed type error'
  | 'open task'
  | 'switched-off test'

const literals: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
])

/** Where a file holds constructs that no file may hold, as `path:line construct`. Comments count, strings do not. */
export function forbiddenIn(unit: Unit): string[] {
  const found: string[] = []
  walk(unit.tree, (node) => {
    const construct = constructAt(node)
    if (construct !== undefined) found.push(`${locate(unit, node)} ${construct}`)
  })
  // In a test, an expected type error asserts that something does not compile; elsewhere it hides that.
  const isTest = unit.path.startsWith('tests/') || unit.path.endsWith('.test.ts')
  const suppression = isTest ? /(\/\/|\*).*@ts-(ignore|nocheck)/ : /(\/\/|\*).*@ts-(ignore|nocheck|expect-error)/
  for (const [index, line] of withoutLiterals(unit).entries()) {
    if (suppression.test(line)) found.push(`${unit.path}:${index + 1} suppressed type error`)
    if (/(\/\/|\*).*\b(TODO|FIXME|XXX|HACK)\b/.test(line)) found.push(`${unit.path}:${index + 1} open task`)
  }
  return found
}

function constructAt(node: Node): Construct | undefined {
  if (node.kind === SyntaxKind.AnyKeyword) return 'any'
  if (isDoubleCast(node)) return 'double cast'
  if (isEnvironment(node)) return 'environment'
  if (isSwitchedOff(node)) return 'switched-off test'
  return undefined
}

function isDoubleCast(node: Node): boolean {
  if (!isAsExpression(node)) return false
  let inner: Node = node.expression
  while (isParenthesizedExpression(inner)) inner = inner.expression
  return isAsExpression(inner) && inner.type.kind === SyntaxKind.UnknownKeyword
}

/** `process.env`, `process['env']`, `const { env } = process`, and the module `process`, which gives it another name. */
function isEnvironment(node: Node): boolean {
  if (isImportDeclaration(node)) {
    return isStringLiteral(node.moduleSpecifier) && /^(node:)?process$/.test(node.moduleSpecifier.text)
  }
  if (isPropertyAccessExpression(node)) return isNamed(node.name, 'env') && isProcess(node.expression)
  if (isElementAccessExpression(node)) {
    const key = node.argumentExpression
    const named = isStringLiteral(key) || isNoSubstitutionTemplateLiteral(key) ? key.text : undefined
    return named === 'env' && isProcess(node.expression)
  }
  if (!isVariableDeclaration(node) || node.initializer === undefined || !isProcess(node.initializer)) return false
  return isObjectBindingPattern(node.name) && /\benv\b/.test(node.name.getText())
}

function isProcess(node: Node): boolean {
  return isNamed(node, 'process') || (isPropertyAccessExpression(node) && isNamed(node.name, 'process'))
}

/** `test.skip`, `describe.only`, `it.todo` … and `test('…', { retry: 3 }, …)`. */
function isSwitchedOff(node: Node): boolean {
  if (isPropertyAccessExpression(node)) {
    return isTestFunction(node.expression) && /^(skip|skipIf|runIf|only|todo|fails)$/.test(node.name.text)
  }
  if (!isCallExpression(node) || !isTestFunction(node.expression)) return false
  const options = node.arguments.filter((argument) => isObjectLiteralExpression(argument))
  return options.some(({ properties }) =>
    properties.some((property) => isPropertyAssignment(property) && isNamed(property.name, 'retry')),
  )
}

function isTestFunction(node: Node): boolean {
  return ['test', 'it', 'describe', 'suite', 'bench'].some((name) => isNamed(node, name))
}

/** The lines of a file with strings, templates and regular expressions blank: what still looks like a comment is one. */
function withoutLiterals({ tree, text }: Unit): string[] {
  let rest = text
  walk(tree, (node) => {
    if (!literals.has(node.kind)) return
    const start = node.getStart(tree)
    rest = rest.slice(0, start) + rest.slice(start, node.end).replace(/[^\n]/g, ' ') + rest.slice(node.end)
  })
  return rest.split('\n')
}
