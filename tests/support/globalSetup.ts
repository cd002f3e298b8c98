import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { createPool } from '../../src/core/db.js'
import { migrate } from '../../src/core/migrate.js'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.js'
import { fastSettings } from '../../src/embedded/settings.js'

const TEMPLATE = 'ft_template'

/**
 * One PostgreSQL server for the whole run (or `FT_TEST_DATABASE_URL`), with a migrated template that every test database is cloned
 * from.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['FT_TEST_DATABASE_URL']
  const server = given === undefined ? await startServer() : { url: given, stop: async () => undefined }
  try {
    await makeTemplate(server.url)
  } catch (error) {
    await server.stop()
    throw error
  }
  project.provide('databaseServer', server.url)
  return server.stop
}

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'ft-test-'))
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), settings: fastSettings })
  return {
    url: server.url,
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function makeTemplate(server: string): Promise<void> {
  const admin = createPool({ url: server, max: 1 })
  await admin.query(`DROP DATABASE IF EXISTS ${TEMPLATE}`)
  await admin.query(`CREATE DATABASE ${TEMPLATE}`)
  await admin.end()
  const url = new URL(server)
  url.pathname = `/${TEMPLATE}`
  const db = createPool({ url: url.href, max: 2 })
  try {
    await migrate(db)
  } finally {
    await db.end()
  }
}

declare module 'vitest' {
  export interface ProvidedContext {
    databaseServer: string
  }
}
