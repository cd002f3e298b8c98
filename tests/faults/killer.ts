import { Socket } from 'node:net'
import pg from 'pg'

/*
 * Loaded before `ft` into a worker under test: kills the process at one step of its work, or sets its clock wrong. The steps are
 * seen where they leave the process, in its connections, so nothing in the code knows of this.
 *
 * KILL_AT=<step>:<n> kills with SIGKILL at the nth time of before-commit, after-commit, after-xadd, before-xack, or while the server
 * works on an upsert (mid-upsert) or on taking events back (mid-reorg).
 * CLOCK_SHIFT_MS=<ms> is added to the wall clock.
 */

const [step = '', count = '1'] = (process.env['KILL_AT'] ?? '').split(':')
const shift = Number(process.env['CLOCK_SHIFT_MS'] ?? 0)
let left = Number(count)

function reached(at: string): void {
  if (at !== step) return
  left -= 1
  if (left <= 0) process.kill(process.pid, 'SIGKILL')
}

const STATEMENTS: Readonly<Record<string, string>> = {
  'mid-upsert': 'DO UPDATE',
  'mid-reorg': 'SET is_reverted = true',
}

const { query } = pg.Client.prototype
pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
  const isCommit = args[0] === 'COMMIT'
  const text = String(typeof args[0] === 'object' && args[0] !== null && 'text' in args[0] ? args[0].text : args[0])
  if (isCommit) reached('before-commit')
  const result: unknown = Reflect.apply(query, this, args)
  // in the next turn the statement has left the process, and no answer has come
  if (text.includes(STATEMENTS[step] ?? '\0')) setImmediate(() => reached(step))
  if (isCommit && result instanceof Promise) {
    return result.then((answer: unknown) => {
      reached('after-commit')
      return answer
    })
  }
  return result
} as typeof query

const { write } = Socket.prototype
let sent: Socket | null = null
Socket.prototype.write = function (this: Socket, ...args: unknown[]) {
  const text = String(args[0])
  if (text.includes('XACK')) reached('before-xack')
  if (step === 'after-xadd' && text.includes("'XADD'") && sent !== this) {
    // The next thing that comes on this connection is the answer: the entries are on the stream, and not marked.
    sent = this
    this.on('data', () => reached('after-xadd'))
  }
  return Reflect.apply(write, this, args)
} as typeof write

if (shift !== 0) {
  const Real = Date
  globalThis.Date = class extends Real {
    constructor(...args: unknown[]) {
      super(...((args.length === 0 ? [Real.now() + shift] : args) as [number]))
    }
    static override now(): number {
      return Real.now() + shift
    }
  } as DateConstructor
}
