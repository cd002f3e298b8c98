import type { Db } from '../../core/db.js'
import type { CliContext } from '../context.js'
import { openDatabase } from './database.js'
import { databaseInUse } from './development.js'

/** Does something with the database of the running system, as a guest, and leaves it as it was. */
export async function visitDatabase<T>(context: CliContext, work: (db: Db) => Promise<T>): Promise<T> {
  const config = context.config()
  const database = await openDatabase(config, context.logger(), { share: true, name: databaseInUse(config) })
  try {
    return await work(database.owner)
  } finally {
    await database.close()
  }
}
