import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { startFt } from '../support/ftProcess.js'

/** A module that is loaded before ft; `hooks` are those of Node's loader. */
function preload(hooks: string): string {
  const inline = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`
  return inline(`import { register } from 'node:module'; register(${JSON.stringify(inline(hooks))})`)
}

const SIGNAL_WHILE_LOADING = `export async function load(url, context, next) {
  if (url.endsWith('/cli/program.js')) process.kill(process.pid, 'SIGTERM')
  return await next(url, context)
}`

// Whoever has no handler yet is ended by the system; as the first process of a container it would go on until it is killed.
test('a signal that comes while the program is still loaded ends it by an exit of its own', async () => {
  const ft = startFt(['worker', '--list'], {}, [preload(SIGNAL_WHILE_LOADING)])
  expect(await ft.exit).toEqual({ code: 143, signal: null })
})

const TELL_WHAT_IS_LOADED = `import { writeSync } from 'node:fs'
export async function load(url, context, next) {
  const [, name] = /node_modules\\/(viem|@redis\\/client|@ton\\/sandbox)\\/|(?<!node_modules.*)dist\\/([a-z]+)\\//.exec(url)?.filter((part) => part) ?? []
  if (name) writeSync(2, 'loads ' + name + '\\n')
  return await next(url, context)
}`

/** Folders of the program, and libraries that take long to load, that a command loads. */
async function loadedBy(...argv: string[]): Promise<Set<string>> {
  const ft = startFt(argv, {}, [preload(TELL_WHAT_IS_LOADED)])
  const loaded = new Set<string>()
  for await (const line of createInterface({ input: ft.process.stderr ?? Readable.from([]) })) {
    if (line.startsWith('loads ')) loaded.add(line.slice('loads '.length))
  }
  expect((await ft.exit).code).toBe(0)
  return loaded
}

test('a command loads itself, and nothing loads what only development chains or Redis need before they are there', async () => {
  const [config, up] = await Promise.all([loadedBy('config'), loadedBy('up', '--help')])
  expect([...config].sort()).toEqual(['cli', 'core', 'observability'])
  expect([...up].sort()).toEqual([
    'api',
    'bus',
    'cli',
    'core',
    'embedded',
    'ingest',
    'observability',
    'pipeline',
    'worker',
  ])
})
