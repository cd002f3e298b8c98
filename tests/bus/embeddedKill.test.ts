import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { listDeadLetters } from '../../src/bus/deadLetters.js'
import { insertMessages, outboxDepth } from '../../src/bus/outbox.js'
import { useTestDatabase } from '../support/database.js'
import { Recorder } from '../support/recorder.js'
import { numbered } from './messages.js'

const PATIENCE_MS = 120_000
const database = useTestDatabase()

/** Runs doomed.ts until it dies or has nothing to do. Gives what it said, and whether it died. */
async function live(): Promise<{ said: readonly string[]; died: boolean }> {
  const script = fileURLToPath(new URL('doomed.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, database.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = new Recorder<string>()
  createInterface({ input: child.stdout }).on('line', said.add)
  const exited = once(child, 'exit')
  const died = await Promise.race([
    exited.then(() => true),
    said.until((lines) => lines.includes('idle')).then(() => false),
  ])
  child.kill('SIGKILL')
  await exited
  return { said: said.events, died }
}

test(
  'a message that kills its process every time is a dead letter after five times alone; what was beside it is not',
  async () => {
    const { db } = database
    await insertMessages(db, 't', numbered(1, 12))
    await insertMessages(db, 'u', numbered(1, 4))
    const deliveries: string[] = []
    let deaths = -1
    for (let died = true; died; deaths += 1) {
      const life = await live()
      deliveries.push(...life.said.filter((line) => /^t.* 7\b/.test(line)))
      died = life.died
      expect(deaths).toBeLessThan(10)
    }
    expect(deliveries).toEqual(['t 1 2 3 4 5 6 7 8 9 10', 't 7', 't 7', 't 7', 't 7', 't 7'])
    expect(deaths).toBe(6)
    expect(await listDeadLetters(db)).toMatchObject([{ topic: 't', code: 'message_fatal', attempts: 5 }])
    expect(await outboxDepth(db)).toMatchObject({ pending: 0 })
  },
  PATIENCE_MS,
)
