import { expect, test } from 'vitest'
import { configurationReference } from '../../src/core/config/reference.js'
import { cliHarness } from './harness.js'

const { ft, path } = cliHarness()
const KEY = 'abcDEF123456789xyz'
const env = { POLYGON_RPC_URL: `https://rpc.test/v2/${KEY}`, DATABASE_URL: `postgres://ft:${KEY}@db.test/ft` }

test('prints what is in force, one setting per line, without secrets', async () => {
  const { code, stdout, stderr } = await ft(['config'], env)
  expect(code).toBe(0)
  expect(stderr).toBe('')
  expect(stdout.split('\n')).toEqual(
    expect.arrayContaining([
      'DATABASE_URL              postgres://db.test/***',
      'REDIS_URL                 embedded bus',
      `FT_DATA_DIR               ${path('.ft')}`,
      'POLYGON_RPC_URL           https://rpc.test/***',
    ]),
  )
  expect(stdout).not.toContain(KEY)
})

test('--json gives the same as an object', async () => {
  const { stdout } = await ft(['config', '--json'], env)
  expect(JSON.parse(stdout)).toMatchObject({ DATABASE_URL: 'postgres://db.test/***', FT_API_PORT: '8080' })
  expect(stdout).not.toContain(KEY)
})

test('--reference prints the reference, whatever the configuration is', async () => {
  const { code, stdout } = await ft(['config', '--reference'], { FT_API_PORT: 'x' })
  expect({ code, stdout }).toEqual({ code: 0, stdout: configurationReference() })
})

test('warnings go to the error output, so that the JSON stays JSON', async () => {
  const { stderr, stdout } = await ft(['config', '--json'], { POLYGON_RPC_URL: 'https://rpc.test', TONAPI_KEY: 'x' })
  expect(stderr).toBe('warning: TONAPI_KEY has no effect: the network ton is not indexed\n')
  expect(JSON.parse(stdout)).toBeTypeOf('object')
})

test('a bad configuration is one message with every problem, exit code 2, nothing on standard output, no secret', async () => {
  const { code, stdout, stderr } = await ft(['config'], {
    FT_API_PROT: '1',
    FT_NETWORKS: `https://rpc.test/v2/${KEY}`,
    POLYGON_RPC_URL: `htps://rpc.test/v2/${KEY}`,
  })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^ft: The configuration is not valid:\n( {2}[A-Z_]+: .+\n)+$/)
  expect(stderr).toContain('FT_API_PROT: is no variable of ft, did you mean FT_API_PORT?')
  expect(stderr).not.toContain(KEY)
})
