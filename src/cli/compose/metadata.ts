import type { Gateways } from '../../core/contentUri.js'
import type { Db } from '../../core/db.js'
import { topicSchemas } from '../../core/events.js'
import { openDocuments } from '../../ingest/metadata/documents.js'
import { type MetadataSources, readMetadata } from '../../ingest/metadata/read.js'
import { type Due, dueAssets, findAssets, keepLooks } from '../../pipeline/metadata.js'
import { defineTasks } from '../../worker/define.js'
import { type Provider, provider } from '../../worker/dependency.js'
import type { Task } from '../../worker/task.js'
import type { Chain } from './chains.js'

const { task, Trigger } = defineTasks(topicSchemas)

/** How often new assets are looked for. */
const LOOK_MS = 5_000
/** Assets that are read at once: they may all be at one host, which gets four requests at a time. */
const AT_ONCE = 20
/** Steps of a tick at most: another process may have to take over in between. */
const STEPS = 100

export interface MetadataParts {
  /** Name of the network. */
  readonly name: string
  readonly chain: Provider<Chain>
  /** Pool of the role ft_pipeline. */
  readonly db: Provider<Db>
  readonly gateways: Gateways
}

/** The task that reads the metadata of a network's assets. */
export function metadataTask({ name, chain, db, gateways }: MetadataParts): Task {
  const documents = provider({
    name: `metadata documents of ${name}`,
    start: () => openDocuments({ gateways }),
    stop: (opened) => opened.close(),
  })
  return task({
    name: `metadata-${name}`,
    trigger: Trigger.every(LOOK_MS, { once: true }),
    deps: { chain, db, documents },
    run: async (deps, { signal, log }) => {
      const { network, adapter } = deps.chain
      const sources = { adapter, documents: deps.documents }
      for (let step = 0; step < STEPS && !signal.aborted; step += 1) {
        const isMore = await deps.db.transaction((tx) => findAssets(tx, network))
        const due = await deps.db.transaction((tx) => dueAssets(tx, network, AT_ONCE))
        const looks = await look(sources, due, signal)
        await deps.db.transaction((tx) => keepLooks(tx, network, looks))
        const failed = looks.filter(({ found }) => found === null)
        if (looks.length > 0)
          log.debug({ network: network.name, looks: looks.length, failed: failed.length }, 'metadata read')
        if (!isMore && due.length < AT_ONCE) return
      }
    },
  })
}

async function look(sources: MetadataSources, due: readonly Due[], signal: AbortSignal) {
  if (due.length === 0) return []
  const answers = await readMetadata(
    sources,
    due.map(({ question }) => question),
    signal,
  )
  return due.flatMap(({ assetId }, index) => {
    const answer = answers[index]
    return answer === undefined ? [] : [{ assetId, ...answer }]
  })
}
