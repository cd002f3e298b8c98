import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'

const FILE = fileURLToPath(new URL('../../docker/compose.yml', import.meta.url))

const composition = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      image: z.string(),
      command: z.array(z.string()).optional(),
      profiles: z.array(z.string()).optional(),
      deploy: z.looseObject({ replicas: z.int() }).optional(),
    }),
  ),
})

/** The arguments of every `ft worker` that production runs with these profiles, one for each replica. */
export function productionWorkers(active: readonly string[]): readonly (readonly string[])[] {
  const { services } = composition.parse(parse(readFileSync(FILE, 'utf8'), { merge: true }))
  return Object.values(services).flatMap(({ command = [], deploy, profiles }) =>
    command[0] === 'worker' && (profiles?.some((profile) => active.includes(profile)) ?? true)
      ? Array.from({ length: deploy?.replicas ?? 1 }, () => command)
      : [],
  )
}
