/**
 * A process that starts the embedded server of the folder in argv[2] (with the settings in argv[3], JSON) and exits as soon as the server
 * runs, before it is ready; it tells the server's process id in one line. Run by crash.test.ts.
 */
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.js'

const [dataDir = '', settings = '{}'] = process.argv.slice(2)
const pidFile = `${dataDir}/pgdata/postmaster.pid`
startEmbeddedPostgres({ dataDir, settings: JSON.parse(settings) }).catch(() => process.exit(1))
while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') await delay(1)
process.stdout.write(`${readFileSync(pidFile, 'utf8').split('\n')[0]}\n`, () => process.exit(0))
