import { statfs } from 'node:fs/promises'
import type { Config } from '../../core/config.js'
import { existingFolder } from '../compose/monitor.js'
import { type Finding, ok, warn } from './check.js'

const GB = 1e9
const LITTLE_ROOM = 5 * GB

/** Node, and the disk that embedded data would go to. */
export async function checkMachine(config: Config): Promise<Finding[]> {
  const findings = [ok('Node', process.version)]
  if (config.databaseUrl !== null) return findings
  const { bavail, bsize } = await statfs(existingFolder(config.dataDir))
  const free = bavail * bsize
  const detail = `${(free / GB).toFixed(1)} GB free for ${config.dataDir}`
  const remedy = 'plan 1.4 kB per event: free some room, or set FT_DATA_DIR to a larger disk'
  return [...findings, free < LITTLE_ROOM ? warn('disk', detail, remedy) : ok('disk', detail)]
}
