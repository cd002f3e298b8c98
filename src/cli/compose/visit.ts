import type { Db } from '../../core/db.js'
import type { CliContext } from '../context.js'
import { openDatabase } from './database.js'
import { databaseInUse } from './development.js'

/**
 * Changes something in the database of the running system, as a guest on its server. Its schema is brought up to date first, as by every
 * command that writes; who only looks uses `withDatabase`.
 */
export async function visitDatabase<T>(context: CliContext, work: (db: Db) => Promise<T>): Promise<T> {
  const config = context.config()
  const database = await openDatabase(config, context.logger(), { share: true, name: databaseInUse(config) })
  try {
    return await work(database.owner)
  } finally {
    await database.close()
  }
}
