import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@redis/client'
import type { Random } from '../support/world/random.js'
import type { Cluster } from './cluster.js'
import type { Role, Worker } from './workers.js'

/** Something that goes wrong while the system works. Resolves when it is over; what was killed is running again. */
export type FaultScript = (cluster: Cluster, random: Random, pauseMs: number) => Promise<void>

/** A worker of a role, at random. */
export function someWorker(cluster: Cluster, random: Random, role: Role): Worker {
  return random.pick([...cluster.workers].filter((worker) => worker.role === role))
}

/** The doomed process gets the work because the others of its role go; those that come in their place stand by or share it. */
async function killAtStep(cluster: Cluster, role: Role, step: string, nth: number): Promise<void> {
  const others = [...cluster.workers].filter((worker) => worker.role === role)
  const doomed = cluster.start(role, { KILL_AT: `${step}:${nth}` })
  await doomed.started
  await Promise.all(others.map((worker) => cluster.end(worker, 'SIGTERM')))
  for (const { role: same } of others) cluster.start(same)
  const growing = new AbortController()
  const work = growWhile(cluster, growing.signal)
  const { code, signal } = await doomed.exit
  growing.abort()
  await work
  if (signal !== 'SIGKILL') throw new Error(`${role} was to be killed ${step}, but ended with ${code ?? signal}`)
}

async function growWhile(cluster: Cluster, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await cluster.grow(1, 500)
}

/** The only process of its role that is left gets the fork; both processes that read the chain must have seen what it replaces. */
async function killInReorg(cluster: Cluster): Promise<void> {
  await cluster.settled()
  const others = [...cluster.workers].filter(({ role }) => role === 'pipeline')
  const doomed = cluster.start('pipeline', { KILL_AT: 'mid-reorg:1' })
  await doomed.started
  await Promise.all(others.map((worker) => cluster.end(worker, 'SIGTERM')))
  cluster.fork(3)
  const { code, signal } = await doomed.exit
  for (const { role } of others) cluster.start(role)
  if (signal !== 'SIGKILL')
    throw new Error(`the pipeline was to be killed in a reorg, but ended with ${code ?? signal}`)
}

function kill(role: Role, step: string): FaultScript {
  return (cluster, random) => killAtStep(cluster, role, step, 1 + random.int(4))
}

/** Every fault by name. */
export const FAULTS = {
  'kill -9 of ingest before-commit': kill('ingest', 'before-commit'),
  'kill -9 of ingest after-commit': kill('ingest', 'after-commit'),
  'kill -9 of pipeline before-commit': kill('pipeline', 'before-commit'),
  'kill -9 of pipeline after-commit': kill('pipeline', 'after-commit'),
  'kill -9 of pipeline before-xack': kill('pipeline', 'before-xack'),
  'kill -9 of pipeline mid-upsert': kill('pipeline', 'mid-upsert'),
  'kill -9 of pipeline mid-reorg': killInReorg,
  'kill -9 of publisher after-xadd': kill('publisher', 'after-xadd'),
  'kill -9 of anything at any time': async (cluster, random) => {
    await delay(random.int(1_500))
    const worker = random.pick([...cluster.workers])
    await cluster.end(worker, 'SIGKILL')
    cluster.start(worker.role)
  },
  'Redis restarted empty': (cluster) => cluster.emptyRedis(),
  'Redis paused': (cluster, _, pauseMs) => cluster.pauseRedis(pauseMs),
  'PostgreSQL killed': async (cluster) => void process.kill(await cluster.postgresPid(), 'SIGKILL'),
  'PostgreSQL restarted': async (cluster) => void process.kill(await cluster.postgresPid(), 'SIGINT'),
  'PostgreSQL paused': (cluster, _, pauseMs) => cluster.pausePostgres(pauseMs),
  'stream trimmed under a slow consumer': async (cluster, random, pauseMs) => {
    const slow = [...cluster.workers].filter(({ role }) => role === 'pipeline')
    for (const { process } of slow) process.kill('SIGSTOP')
    await cluster.grow(4, Math.max(pauseMs, 2_000))
    const client = await createClient({ url: cluster.redis.url }).connect()
    for (const key of await client.keys('*'))
      if ((await client.type(key)) === 'stream') await client.xTrim(key, 'MAXLEN', random.int(3))
    client.destroy()
    for (const { process } of slow) process.kill('SIGCONT')
  },
  'a consumer that hangs': async (cluster, random, pauseMs) => {
    const { process } = someWorker(cluster, random, 'pipeline')
    process.kill('SIGSTOP')
    await cluster.grow(3, pauseMs)
    process.kill('SIGCONT')
  },
  'clocks that are hours apart': async (cluster, random) => {
    const shift = (random.chance(0.5) ? 1 : -1) * 3 * 3_600_000
    const worker = someWorker(cluster, random, 'pipeline')
    await cluster.start('pipeline', { CLOCK_SHIFT_MS: String(shift) }).started
    await cluster.end(worker, 'SIGTERM')
  },
  'a rolling restart of everything': async (cluster) => {
    for (const worker of [...cluster.workers]) {
      await cluster.start(worker.role).started
      const code = await cluster.end(worker, 'SIGTERM')
      if (code !== 0) throw new Error(`${worker.role} stopped with ${code}:\n${worker.lines.join('\n')}`)
    }
  },
} satisfies Record<string, FaultScript>

export type FaultName = keyof typeof FAULTS
