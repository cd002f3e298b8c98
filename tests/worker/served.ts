import { defineTasks } from '../../src/worker/define.js'
import { provider } from '../../src/worker/dependency.js'
import { Runner } from '../../src/worker/runner.js'
import { serve } from '../../src/worker/serve.js'

/*
 * A process for serve.test.ts: says on stdout what happens to it. `stubborn` as its argument makes it ignore what it is told.
 */

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const { task, Trigger } = defineTasks({})
const store = provider({ name: 'store', start: () => say('store started'), stop: () => say('store stopped') })
const stubborn = process.argv[2] === 'stubborn'
const work = task({
  name: 'work',
  trigger: Trigger.every(3_600_000),
  deps: { store },
  run: async () => {
    say('at work')
    await new Promise((resolve) => setTimeout(resolve, stubborn ? 3_600_000 : 300))
    say('work done')
  },
})
const runner = new Runner({ tasks: [work] })
process.exit(await serve(runner, process))
