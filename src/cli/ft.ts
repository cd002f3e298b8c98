#!/usr/bin/env node
import { createContext } from './context.js'
import { exitCode } from './exit.js'
import { exitOnSignals } from './interrupt.js'
import { run } from './program.js'

// Nobody reads any more (`ft config | head -1`), which is no failure of a command that is done. One in the middle of its work ends here, as
// other programs do, and its code must not say that all was done.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(process.exitCode ?? exitCode.brokenPipe)
  })
}
exitOnSignals()
process.exitCode = await run(process.argv.slice(2), createContext())
// Work that a shutdown gave up may still hold the process, which is over; without such work it ends by itself before this.
setTimeout(() => process.exit(), 1000).unref()
