import { EmbeddedBus } from '../../src/bus/embedded.js'
import { createPool } from '../../src/core/db.js'
import { numberOf, subscription } from './messages.js'

/*
 * A process with the embedded bus that dies of a message: `doomed.ts <database>`. On topic `t` it says the numbers of each batch, and ends
 * without a word when one is 7. On topic `u` every message takes longer than that. Says "idle" when it has waited for a while.
 */
const db = createPool({ url: process.argv[2] ?? '', max: 2 })
const bus = new EmbeddedBus({ db, pollMs: 50 })
let last = performance.now()
bus.subscribe(
  subscription('t', async (messages) => {
    const numbers = messages.map(numberOf)
    process.stdout.write(`t ${numbers.join(' ')}\n`)
    if (numbers.includes(7)) process.kill(process.pid, 'SIGKILL')
    last = performance.now()
  }),
)
bus.subscribe(
  subscription(
    'u',
    async (messages) => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      process.stdout.write(`u ${messages.map(numberOf).join(' ')}\n`)
      last = performance.now()
    },
    { group: 'slow' },
  ),
)
await bus.start()
setInterval(() => {
  if (performance.now() - last > 3_000) process.stdout.write('idle\n')
}, 100)
