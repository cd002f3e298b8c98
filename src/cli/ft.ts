#!/usr/bin/env node
import { exitOnSignals } from './interrupt.js'

// Before the rest is loaded, which takes seconds on a busy machine: until then the first process of a container does not hear a signal.
exitOnSignals()
const [{ createContext }, { exitCode }, { run }] = await Promise.all([
  import('./context.js'),
  import('./exit.js'),
  import('./program.js'),
])

// Nobody reads any more (`ft config | head -1`), which is no failure of a command that is done. One in the middle of its work ends here, as
// other programs do, and its code must not say that all was done.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(process.exitCode ?? exitCode.brokenPipe)
  })
}
process.exitCode = await run(process.argv.slice(2), createContext())
// Work that a shutdown gave up may still hold the process, which is over; without such work it ends by itself before this.
setTimeout(() => process.exit(), 1000).unref()
