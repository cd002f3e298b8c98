import { createPool } from '../../src/core/db.js'
import { openLiveSession } from '../../src/core/liveSession.js'
import { Tenure } from '../../src/core/tenure.js'
import { acquireLease } from '../../src/ingest/cursor.js'

/*
 * A process that has a lock and hangs: `holder.ts <idle|reading|writer> <database> <key>`. Idle it says "holds", and is stopped from outside;
 * reading, it stops itself before it takes an answer that is larger than what fits on the way.
 */
const [role = '', url = '', key = ''] = process.argv.slice(2)
const db = createPool({ url, max: 1 })
if (role === 'idle') {
  const work = async (_: unknown, lost: AbortSignal): Promise<void> => {
    process.stdout.write('holds\n')
    await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }))
    process.stdout.write('lost\n')
  }
  new Tenure({ db, key, what: 'the lock of the test', work }).start()
} else if (role === 'writer') {
  await acquireLease(db, { id: Number(key), name: 'polygon', chain: 'evm' }, new AbortController().signal)
  process.stdout.write('holds\n')
} else {
  const session = await openLiveSession(db)
  await session.query('SELECT pg_advisory_lock($1)', [key])
  process.stdout.write('holds\n')
  const reading = session.query(`SELECT repeat('x', 200000000)`)
  setImmediate(() => process.kill(process.pid, 'SIGSTOP'))
  await reading
}
