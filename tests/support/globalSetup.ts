import { randomUUID } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { createPool } from '../../src/core/db.js'
import { migrate } from '../../src/core/migrate.js'
import { adminQuery, databaseUrl, dropDatabase } from './admin.js'
import { startTestServer } from './testServer.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** The one PostgreSQL server of this run: superuser, or a role that may create databases and roles. */
    serverUrl: string
    /** Database with all migrations applied and nobody connected, to be cloned. */
    templateDatabase: string
  }
}

/**
 * Before any test file: one PostgreSQL server for the whole run (or the one of FT_TEST_DATABASE_URL) with one migrated
 * database, from which each file clones its own. Afterwards both are gone.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestServer()
  const template = `ft_template_${randomUUID().replaceAll('-', '')}`
  const remove = async () => {
    if (!server.temporary) await dropTemplate(server.url, template)
    await server.stop()
  }
  try {
    await createTemplate(server.url, template)
  } catch (error) {
    await remove()
    throw error
  }
  project.provide('serverUrl', server.url)
  project.provide('templateDatabase', template)
  return remove
}

async function createTemplate(serverUrl: string, template: string): Promise<void> {
  await adminQuery(serverUrl, `CREATE DATABASE ${template} TEMPLATE template0`)
  const db = createPool({ url: databaseUrl(serverUrl, template), max: 1, applicationName: 'ft-test-template' })
  try {
    await migrate(db)
  } finally {
    await db.end()
  }
  // A connection to it, even an accidental one, would make cloning fail.
  await adminQuery(serverUrl, `ALTER DATABASE ${template} IS_TEMPLATE true ALLOW_CONNECTIONS false`)
}

async function dropTemplate(serverUrl: string, template: string): Promise<void> {
  await adminQuery(serverUrl, `ALTER DATABASE ${template} IS_TEMPLATE false`)
  await dropDatabase(serverUrl, template)
}
