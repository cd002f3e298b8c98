import type { Gateways } from '../../core/contentUri.js'
import type { Db } from '../../core/db.js'
import { FtError, isFtError } from '../../core/errors.js'
import { topicSchemas } from '../../core/events.js'
import type { Network } from '../../core/networks.js'
import { openDocuments } from '../../ingest/metadata/documents.js'
import { type MetadataAnswer, type MetadataSources, readMetadata } from '../../ingest/metadata/read.js'
import { readUpdates } from '../../ingest/metadata/updates.js'
import { type Due, dueAssets, findAssets, keepLooks, type Look, putOff } from '../../pipeline/metadata.js'
import { keepUpdates, takeUpdates, unsearched } from '../../pipeline/metadataUpdates.js'
import { defineTasks } from '../../worker/define.js'
import { type Provider, provider } from '../../worker/dependency.js'
import type { Log } from '../../worker/log.js'
import type { Task } from '../../worker/task.js'
import type { Chain } from './chains.js'

const { task, Trigger } = defineTasks(topicSchemas)

/** How often new assets are looked for. */
const LOOK_MS = 5_000
/** Assets that are read at once: they may all be at one host, which gets four requests at a time. */
const AT_ONCE = 20
/** Longest tick, but for the step under way: another process may have to take over in between. */
const BUSY_MS = 20_000
/** Longest step: the chain is asked and each document is waited for, one after the other. */
const TIMEOUT_MS = 300_000
/** Longest search for what contracts say of their metadata, of a tick. */
const SEARCH_MS = 10_000
/** How long a chain that cannot be asked is left alone. */
const REST_MS = 60_000

export interface MetadataParts {
  /** Name of the network. */
  readonly name: string
  readonly chain: Provider<Pick<Chain, 'network' | 'adapter'>>
  /** Pool of the role ft_pipeline. */
  readonly db: Provider<Db>
  readonly gateways: Gateways
  /** Told of each look what came of it. */
  readonly observe: (outcome: Outcome) => void
}

/** What came of a look: `unasked` when the chain could not be asked. */
export type Outcome = 'found' | 'unasked' | NonNullable<MetadataAnswer['failure']>

/** The task that reads the metadata of a network's assets. */
export function metadataTask({ name, chain, db, gateways, observe }: MetadataParts): Task {
  const documents = provider({
    name: `metadata documents of ${name}`,
    start: () => openDocuments({ gateways }),
    stop: (opened) => opened.close(),
  })
  let restsUntil = 0
  const updates = new Updates()
  return task({
    name: `metadata-${name}`,
    trigger: Trigger.every(LOOK_MS, { once: true }),
    deps: { chain, db, documents },
    timeoutMs: TIMEOUT_MS,
    run: async (deps, { signal, log }) => {
      const now = performance.now()
      if (now < restsUntil) return
      const sources = { adapter: deps.chain.adapter, documents: deps.documents, observe }
      await updates.search(deps.db, deps.chain, signal, log)
      while (performance.now() < now + BUSY_MS && !signal.aborted) {
        const left = await step(deps.db, deps.chain.network, sources, signal, log)
        if (left === 'unasked') restsUntil = performance.now() + REST_MS
        if (left !== 'more') return
      }
    },
  })
}

/** Gives whether there is more to be read now, or that the chain could not be asked. */
async function step(
  db: Db,
  network: Network,
  sources: MetadataSources & Pick<MetadataParts, 'observe'>,
  signal: AbortSignal,
  log: Log,
): Promise<'more' | 'nothing' | 'unasked'> {
  const isMore = await db.transaction((tx) => findAssets(tx, network))
  const { isAsked, due } = await db.transaction(async (tx) => ({
    // Half of them at most: who asks for much must not hold up what nobody asks for.
    isAsked: await takeUpdates(tx, network, AT_ONCE / 2),
    due: await dueAssets(tx, network, AT_ONCE),
  }))
  const looks = await look(sources, due, signal)
  if (looks instanceof FtError) {
    await putOff(db, due)
    for (const _ of due) sources.observe('unasked')
    log.warn({ network: network.name, err: looks, delayMs: REST_MS }, 'contracts could not be asked for metadata')
    return 'unasked'
  }
  await db.transaction((tx) => keepLooks(tx, network, looks))
  for (const { failure } of looks) sources.observe(failure ?? 'found')
  if (looks.length > 0) {
    const failed = looks.filter(({ found }) => found === null).length
    log.debug({ network: network.name, looks: looks.length, failed }, 'metadata read')
  }
  return isMore || isAsked || due.length === AT_ONCE ? 'more' : 'nothing'
}

/** What looks found, or why the chain cannot be asked. */
async function look(
  sources: MetadataSources,
  due: readonly Due[],
  signal: AbortSignal,
): Promise<(Look & MetadataAnswer)[] | FtError> {
  if (due.length === 0) return []
  const questions = due.map(({ question }) => question)
  const answers = await readMetadata(sources, questions, signal).catch((error: unknown) => {
    if (isFtError(error)) return error
    throw error
  })
  if (answers instanceof FtError) return answers
  return due.flatMap(({ assetId }, index) => {
    const answer = answers[index]
    return answer === undefined ? [] : [{ assetId, ...answer }]
  })
}

/** Searches new final blocks for what contracts say of their metadata. Where that cannot be asked, metadata is read all the same. */
class Updates {
  #restsUntil = 0
  #failures = 0

  async search(
    db: Db,
    { network, adapter }: Pick<Chain, 'network' | 'adapter'>,
    signal: AbortSignal,
    log: Log,
  ): Promise<void> {
    const now = performance.now()
    if (adapter.metadataUpdates === null || now < this.#restsUntil) return
    try {
      while (performance.now() < now + SEARCH_MS && !signal.aborted) {
        const blocks = await unsearched(db, network)
        if (blocks === null) return
        const { span, updates } = await readUpdates(adapter.metadataUpdates, blocks)
        await db.transaction((tx) => keepUpdates(tx, network, span, updates))
        this.#failures = 0
      }
    } catch (error) {
      if (!isFtError(error)) throw error
      this.#failures += 1
      this.#restsUntil = performance.now() + REST_MS
      // Once is nothing: an endpoint may be a block behind
      const level = this.#failures === 1 ? 'debug' : 'warn'
      log[level](
        { network: network.name, err: error, delayMs: REST_MS },
        'contracts could not be asked whether metadata has changed',
      )
    }
  }
}
