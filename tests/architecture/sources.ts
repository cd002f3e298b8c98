import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/sync'

// One parser process for all calls; it ends with this process. Closing it after each call costs its start and prints to stderr.
const memory = new Map<string, string>()
const parser = new API({
  cwd: '/virtual',
  fs: {
    readFile: (path) => memory.get(path) ?? null,
    fileExists: (path) => memory.has(path),
    directoryExists: (path) => path === '/virtual' || [...memory.keys()].some((file) => file.startsWith(`${path}/`)),
  },
})
let projects = 0

/** The repository's folder, with forward slashes left to the platform. */
export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url))

/** One parsed TypeScript file: `path` is relative to the repository, with `/`. */
export interface Unit {
  readonly path: string
  readonly text: string
  readonly tree: SourceFile
}

/** Paths and texts of every .ts file below a folder of the repository, sorted; throws when the folder is missing. */
export function readSources(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  const entries = readdirSync(join(repositoryRoot, folder), { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
    const file = join(entry.parentPath, entry.name)
    found.set(relative(repositoryRoot, file).split(sep).join('/'), readFileSync(file, 'utf8'))
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * Parses texts with TypeScript's own parser, given in memory, so that planted files need no disk. Nothing is resolved.
 * @throws Error when the parser does not read a file it was given, or when one does not parse
 */
export function parseSources(sources: ReadonlyMap<string, string>): Unit[] {
  const root = `/virtual/${projects++}`
  const config = `${root}/tsconfig.json`
  const compilerOptions = { noLib: true, noResolve: true, types: [], module: 'nodenext', target: 'es2023' }
  memory.set(config, JSON.stringify({ compilerOptions, files: [...sources.keys()] }))
  memory.set(`${root}/package.json`, '{ "type": "module" }')
  for (const [path, text] of sources) memory.set(`${root}/${path}`, text)
  const program = parser.updateSnapshot({ openProjects: [config] }).getProject(config)?.program
  if (program === undefined) throw new Error('TypeScript did not open the virtual project')
  return [...sources].map(([path, text]) => {
    const tree = program.getSourceFile(`${root}/${path}`)
    if (tree === undefined) throw new Error(`TypeScript did not read ${path}`)
    const [problem] = program.getSyntacticDiagnostics(`${root}/${path}`)
    if (problem !== undefined) throw new Error(`${path} does not parse: ${problem.text}`)
    return { path, text, tree }
  })
}

/** Calls `visit` for every node of a tree, parents before children. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node)
  node.forEachChild((child) => {
    walk(child, visit)
  })
}

/** `path:line` of a node, as editors and terminals link it. */
export function locate(unit: Unit, node: Node): string {
  const start = node.getStart(unit.tree)
  return `${unit.path}:${unit.text.slice(0, start).split('\n').length}`
}

/** Whether a node is an identifier with this name. */
export function isNamed(node: Node | undefined, name: string): boolean {
  return node?.kind === SyntaxKind.Identifier && 'text' in node && node.text === name
}
