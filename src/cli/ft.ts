#!/usr/bin/env node
import { createContext } from './context.js'
import { run } from './program.js'

// A reader that has seen enough (`ft config | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})
process.exitCode = await run(process.argv.slice(2), createContext())
// Work that a shutdown gave up may still hold the process, which is over; without such work it ends by itself before this.
setTimeout(() => process.exit(), 1000).unref()
