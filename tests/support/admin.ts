import { createPool } from '../../src/core/db.js'

/** The URL of another database of the same server. */
export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

/** Runs one statement on a connection of its own: CREATE and DROP DATABASE want no transaction. */
export async function adminQuery(serverUrl: string, text: string): Promise<void> {
  const db = createPool({ url: serverUrl, max: 1, applicationName: 'ft-test-admin' })
  try {
    await db.query(text)
  } finally {
    await db.end()
  }
}
