import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { type ImportSite, importsOf } from './importScanner.js'
import { folderRules, packageRules, strangers, testSupport } from './rules.js'
import { locate, type Unit } from './sources.js'

export type ImportRule =
  | 'unplaced'
  | 'computed'
  | 'unresolved'
  | 'outside'
  | 'folder'
  | 'package'
  | 'stranger'
  | 'cycle'

/** One broken rule: `at` is `path:line`, or the path alone where the rule is about a whole file. */
export interface Violation {
  readonly rule: ImportRule
  readonly at: string
  readonly message: string
}

/**
 * Everything in `units` that breaks rules.ts, and every cycle of imports.
 * @param otherFiles says whether a path that is not among the units (JSON, a test's support file) exists
 */
export function checkImports(units: readonly Unit[], otherFiles: (path: string) => boolean): Violation[] {
  const known = new Set(units.map((unit) => unit.path))
  const graph = new Map<string, readonly string[]>()
  const found: Violation[] = []
  for (const unit of units) {
    if (ruleOf(unit.path) === undefined) {
      found.push({ rule: 'unplaced', at: unit.path, message: 'belongs to no folder of tests/architecture/rules.ts' })
    }
    const targets: string[] = []
    for (const site of importsOf(unit)) {
      const target = site.specifier?.startsWith('.') === true ? resolve(unit.path, site.specifier) : undefined
      if (target !== undefined && known.has(target)) targets.push(target)
      const broken = checkSite(unit.path, site, target, (path) => known.has(path) || otherFiles(path))
      if (broken !== undefined) found.push({ ...broken, at: locate(unit, site.node) })
    }
    graph.set(unit.path, targets)
  }
  return [...found, ...checkStrangers(graph), ...checkCycles(graph)]
}

function checkSite(
  path: string,
  site: ImportSite,
  target: string | undefined,
  exists: (path: string) => boolean,
): Omit<Violation, 'at'> | undefined {
  const { specifier } = site
  if (specifier === undefined) return { rule: 'computed', message: 'what is imported must be written as a literal' }
  if (target === undefined) return checkPackage(path, specifier)
  if (!exists(target)) return { rule: 'unresolved', message: `there is no ${target}` }
  if (!target.startsWith('src/')) {
    if (path.endsWith('.test.ts') && target.startsWith(testSupport)) return undefined
    return { rule: 'outside', message: `${target} is not in src` }
  }
  const from = ruleOf(path)
  const to = ruleOf(target)
  if (from === undefined || to === undefined || from === to || from.may.includes(to.folder)) return undefined
  if (from.types?.includes(to.folder) === true) {
    if (site.typeOnly) return undefined
    return { rule: 'folder', message: `${from.folder} may import only types of ${to.folder} (import type …)` }
  }
  return { rule: 'folder', message: `${from.folder} may not import ${to.folder}` }
}

function checkPackage(path: string, specifier: string): Omit<Violation, 'at'> | undefined {
  if (isBuiltin(specifier)) return undefined
  if (/^[#/]|^[a-z]+:/.test(specifier)) return { rule: 'unresolved', message: `${specifier} is no package and no file` }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const rule = packageRules.find(({ packages }) => packages.some((pattern) => matches(pattern, name)))
  if (rule === undefined || rule.homes.some((home) => holds(home, path))) return undefined
  return { rule: 'package', message: `${name} may be imported only in ${rule.homes.join(', ')}` }
}

function checkStrangers(graph: ReadonlyMap<string, readonly string[]>): Violation[] {
  const found: Violation[] = []
  for (const group of strangers) {
    for (const path of graph.keys()) {
      const own = group.find((name) => holds(name, path))
      if (own === undefined) continue
      const met = [...reachable(graph, path)].find((other) => group.some((name) => name !== own && holds(name, other)))
      if (met !== undefined) found.push({ rule: 'stranger', at: path, message: `reaches ${met} through its imports` })
    }
  }
  return found
}

function checkCycles(graph: ReadonlyMap<string, readonly string[]>): Violation[] {
  const reach = new Map([...graph.keys()].map((path) => [path, reachable(graph, path)]))
  const inCycle = [...graph.keys()].filter((path) => reach.get(path)?.has(path))
  return inCycle.map((path) => {
    const others = inCycle.filter((other) => reach.get(path)?.has(other) && reach.get(other)?.has(path))
    return { rule: 'cycle', at: path, message: `imports itself in a circle of ${others.join(', ')}` }
  })
}

function reachable(graph: ReadonlyMap<string, readonly string[]>, start: string): Set<string> {
  const seen = new Set<string>()
  const queue = [...(graph.get(start) ?? [])]
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    queue.push(...(graph.get(path) ?? []))
  }
  return seen
}

function ruleOf(path: string) {
  const holding = folderRules.filter((rule) => holds(rule.folder, path))
  return holding.sort((a, b) => b.folder.length - a.folder.length)[0]
}

function holds(name: string, path: string): boolean {
  return path.startsWith(`src/${name}/`) || path === `src/${name}.ts` || path === `src/${name}.test.ts`
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
}
