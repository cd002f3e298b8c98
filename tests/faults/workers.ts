import { fileURLToPath } from 'node:url'
import { type FtProcess, startFt } from '../support/ftProcess.js'

const KILLER = fileURLToPath(new URL('killer.ts', import.meta.url))
/** What runs together in one process, as in a deployment of several. */
export const ROLES = {
  ingest: ['ingest-polygon'],
  publisher: ['outbox-publisher', 'sweeper'],
  pipeline: ['normalizer', 'reorg-handler', 'ownership-updater', 'projector', 'finality'],
} as const
export type Role = keyof typeof ROLES

/** A real `ft worker`. */
export interface Worker extends FtProcess {
  readonly role: Role
}

/** Starts one. With `hook` the killer is loaded into it first (see killer.ts). */
export function startWorker(role: Role, env: NodeJS.ProcessEnv, hook: NodeJS.ProcessEnv = {}): Worker {
  const preload = Object.keys(hook).length === 0 ? [] : ['tsx', KILLER]
  return { role, ...startFt(['worker', ...ROLES[role]], { ...env, ...hook }, preload) }
}
