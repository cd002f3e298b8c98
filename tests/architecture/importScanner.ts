import { type Expression, type Node, SyntaxKind } from 'typescript/unstable/ast'
import {
  isCallExpression,
  isExportDeclaration,
  isExternalModuleReference,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNoSubstitutionTemplateLiteral,
  isPropertyAccessExpression,
  isStringLiteral,
} from 'typescript/unstable/ast/is'
import { isNamed, type Unit, walk } from './sources.js'

/** One import of a file; `specifier` is undefined where it is computed at run time and cannot be known. */
export interface ImportSite {
  readonly specifier: string | undefined
  readonly typeOnly: boolean
  readonly node: Node
}

/**
 * Every import of a file, in the order of the text: `import`, `import type`, `export … from`, `import x = require()`,
 * `import('x').Type`, `import()`, `require()`, `require.resolve()` and `import.meta.resolve()`.
 */
export function importsOf(unit: Unit): ImportSite[] {
  const sites: ImportSite[] = []
  walk(unit.tree, (node) => {
    const site = importAt(node)
    if (site !== undefined) sites.push({ ...site, node })
  })
  return sites
}

function importAt(node: Node): Omit<ImportSite, 'node'> | undefined {
  if (isImportDeclaration(node)) {
    const typeOnly = node.importClause?.phaseModifier === SyntaxKind.TypeKeyword
    return { specifier: literal(node.moduleSpecifier), typeOnly }
  }
  if (isExportDeclaration(node)) {
    if (node.moduleSpecifier === undefined) return undefined
    return { specifier: literal(node.moduleSpecifier), typeOnly: node.isTypeOnly }
  }
  if (isExternalModuleReference(node)) return { specifier: literal(node.expression), typeOnly: false }
  if (isImportTypeNode(node)) {
    const argument = isLiteralTypeNode(node.argument) ? node.argument.literal : undefined
    return { specifier: literal(argument), typeOnly: true }
  }
  if (isCallExpression(node) && isLoader(node.expression)) {
    return { specifier: literal(node.arguments[0]), typeOnly: false }
  }
  return undefined
}

function isLoader(callee: Expression): boolean {
  if (callee.kind === SyntaxKind.ImportKeyword || isNamed(callee, 'require')) return true
  if (!isPropertyAccessExpression(callee) || !isNamed(callee.name, 'resolve')) return false
  return isNamed(callee.expression, 'require') || callee.expression.kind === SyntaxKind.MetaProperty
}

function literal(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined
  return isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node) ? node.text : undefined
}
