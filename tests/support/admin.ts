import { setTimeout as delay } from 'node:timers/promises'
import { createPool, type Db } from '../../src/core/db.js'

/** The URL of another database of the same server. */
export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

/** Runs one statement on a connection of its own: CREATE and DROP DATABASE want no transaction. */
export async function adminQuery(serverUrl: string, text: string): Promise<void> {
  await administer(serverUrl, (db) => db.query(text))
}

/** Drops a database although somebody may still be connected. */
export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await administer(serverUrl, async (db) => {
    // Connections that were just closed are gone in a moment; DROP DATABASE would look again only after 100 ms.
    for (let look = 0; look < 10 && (await isConnected(db, name)); look += 1) await delay(3)
    await db.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  })
}

async function isConnected(db: Db, database: string): Promise<boolean> {
  return (await db.query('SELECT 1 FROM pg_stat_activity WHERE datname = $1 LIMIT 1', [database])).length > 0
}

async function administer(serverUrl: string, work: (db: Db) => Promise<unknown>): Promise<void> {
  const db = createPool({ url: serverUrl, max: 1, applicationName: 'ft-test-admin' })
  try {
    await work(db)
  } finally {
    await db.end()
  }
}
