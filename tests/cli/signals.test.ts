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
