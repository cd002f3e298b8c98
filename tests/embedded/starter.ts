/**
 * A process that runs the embedded server of the folder in argv[2] (with the settings in argv[3], JSON), tells its URL in one
 * line, and waits to be ended. Run by harness.ts.
 */
import { startEmbeddedPostgres } from '../../src/embedded/postgres.js'

const [dataDir = '', settings = '{}'] = process.argv.slice(2)
const server = await startEmbeddedPostgres({ dataDir, settings: JSON.parse(settings) })
process.stdout.write(`${server.url}\n`)
process.on('SIGTERM', () => {
  server.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
