import { RedisBus } from '../../src/bus/redis/bus.js'
import { Publisher } from '../../src/bus/redis/publisher.js'
import { createPool } from '../../src/core/db.js'
import { numberOf, subscription } from './messages.js'

/*
 * A process of the bus that a test kills: `member.ts <publisher|consumer> <Redis> <database> <prefix>`. A consumer says a line
 * for each batch, with its numbers, and never finishes one that holds a 0.
 */
const [role = '', url = '', databaseUrl = '', prefix = ''] = process.argv.slice(2)
const db = createPool({ url: databaseUrl, max: 2 })
const reader = subscription('t', async (messages) => {
  const numbers = messages.map(numberOf)
  process.stdout.write(`${numbers.join(' ')}\n`)
  if (numbers.includes(0)) await new Promise(() => undefined)
})
if (role === 'publisher') {
  new Publisher({ url, db, prefix, readers: [reader], limits: { upkeepMs: 50 } }).start()
} else {
  const bus = new RedisBus({ url, db, prefix, timing: { abandonedMs: 400 } })
  bus.subscribe(reader)
  await bus.start()
}
