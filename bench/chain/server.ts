/*
 * The measured chain as a process of its own:
 *   node --import tsx bench/chain/server.ts --events 200000 --seed 1 [--blocks n] [--port n] [--max-logs n] [--max-blocks n]
 *     [--finality-depth n] [--live-ms n --live-events n --live-jitter-ms n]
 * Prints one line of JSON when it serves: url, and what it made.
 */
import { parseArgs } from 'node:util'
import { benchOptions, serveChain } from './service.js'

const names = ['events', 'seed', 'blocks', 'port', 'max-logs', 'max-blocks', 'finality-depth'] as const
const liveNames = ['live-ms', 'live-events', 'live-jitter-ms'] as const

const { values } = parseArgs({
  options: Object.fromEntries([...names, ...liveNames].map((name) => [name, { type: 'string' as const }])),
})
const number = (name: string): number | undefined => {
  const value = values[name]
  return value === undefined ? undefined : Number(value)
}
const options = benchOptions.parse({
  ...Object.fromEntries(
    names.map((name) => [name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()), number(name)]),
  ),
  live:
    number('live-ms') === undefined
      ? undefined
      : { blockMs: number('live-ms'), events: number('live-events') ?? 42, jitterMs: number('live-jitter-ms') },
})

const began = performance.now()
const { url, service } = await serveChain(options)
const seconds = Math.round(performance.now() - began) / 1000
// Whoever started it may die without a word: it is then nobody's server.
if (process.send !== undefined) process.once('disconnect', () => process.exit(0))
process.send?.({ url })
console.log(JSON.stringify({ url, seconds, head: service.chain.head.number, ...service.chain.activity.counts }))
