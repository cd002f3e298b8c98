import { type Connection, isReplyError, RedisServer } from '../../bus/redis/connection.js'
import type { Config } from '../../core/config.js'
import { messageOf } from '../../core/errors.js'
import { attempt, type Finding, fail, ok, warn } from './check.js'

const PROBE = 'ft:doctor'

/** XAUTOCLAIM, by which messages of dead processes are taken over, came with 6.2. */
const OLDEST_VERSION = [6, 2] as const

/** The Redis that messages go over: reachable, new enough, and set to keep what it is given. */
export async function checkRedis({ redisUrl }: Config): Promise<Finding[]> {
  if (redisUrl === null) return [ok('bus', 'embedded: ft up delivers by itself; ft worker needs REDIS_URL')]
  const remedy = () => 'check REDIS_URL, and that the server runs and can be reached from here'
  return await attempt('Redis', remedy, async () => {
    const connection = await new RedisServer(redisUrl, 'ft-doctor').open()
    try {
      return [...describe(String(await connection.send('', 'INFO'))), ...(await checkWrites(connection))]
    } finally {
      connection.destroy()
    }
  })
}

/** A Redis whose disk or memory is full answers, and so does a replica. */
async function checkWrites(connection: Connection): Promise<Finding[]> {
  try {
    await connection.send(PROBE, 'SET', PROBE, '', 'PX', '1')
    return []
  } catch (error) {
    if (!isReplyError(error)) throw error
    const remedy =
      'give it room on its disk (MISCONF) or in its memory (OOM), or point REDIS_URL at the primary (READONLY)'
    return [fail('Redis writes', messageOf(error), remedy)]
  }
}

function describe(info: string): Finding[] {
  const field = (name: string): string => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? ''
  const version = field('redis_version')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor < OLDEST_VERSION[1])
  const findings = [isOld ? fail('Redis', version, 'upgrade it: 6.2 is the oldest that works') : ok('Redis', version)]
  const policy = field('maxmemory_policy')
  if (policy !== 'noeviction') {
    findings.push(
      fail('Redis memory', `maxmemory-policy is ${policy}`, 'set noeviction: else it drops messages when it is full'),
    )
  }
  if (field('aof_enabled') === '0') {
    const remedy = 'set appendonly yes: without it a restart publishes everything unacknowledged again'
    findings.push(warn('Redis durability', 'appendonly is off', remedy))
  }
  return findings
}
