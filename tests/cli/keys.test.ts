import { expect, test } from 'vitest'
import { readApiKey } from '../../src/core/apiKey.js'
import { useTestDatabase } from '../support/database.js'
import { cliHarness } from './harness.js'

const database = useTestDatabase()
const cli = cliHarness()
const ft = (...argv: string[]) => cli.ft(['keys', ...argv], { DATABASE_URL: database.url, FT_LOG_LEVEL: 'error' })

test('a key is shown once, and afterwards only its prefix is known', async () => {
  const made = await ft('create', '--name', 'price bot', '--scopes', 'read,stream', '--expires', '90d')
  expect(made.code).toBe(0)
  const key = made.stdout.trim()
  const prefix = readApiKey(key)?.prefix
  expect(prefix).toBeDefined()
  const list = await ft('list')
  expect(list.stdout).toContain(prefix)
  expect(list.stdout).toMatch(/price bot\s+read,stream\s+600\s+until .*never/)
  expect(list.stdout).not.toContain(key)
  expect((await ft('list', '--json')).stdout).not.toContain(key)
})

test('a revoked key says so, and revoking it again is no error', async () => {
  const key = (await ft('create', '--name', 'old')).stdout.trim()
  const prefix = key.slice(0, 11)
  expect(await ft('revoke', prefix)).toMatchObject({ code: 0, stdout: `${prefix} is revoked\n` })
  expect((await ft('revoke', prefix)).code).toBe(0)
  expect((await ft('list')).stdout).toMatch(new RegExp(`${prefix}.*revoked`))
})

test('exit code 1: a key that does not exist cannot be revoked', async () => {
  expect(await ft('revoke', 'ft_ffffffff')).toMatchObject({
    code: 1,
    stderr: 'ft: no key begins with ft_ffffffff; ft keys list shows all\n',
  })
})

test.each([
  [['create'], '--name'],
  [['create', '--name', ' '], 'expected a name'],
  [['create', '--name', 'x', '--scopes', 'write'], 'read, export, stream'],
  [['create', '--name', 'x', '--requests-per-minute', '0'], 'whole number'],
  [['create', '--name', 'x', '--expires', '2020-01-01'], 'to come'],
])('exit code 2: ft keys %j is refused with what it wants', async (argv, message) => {
  const { code, stderr } = await ft(...argv)
  expect(code).toBe(2)
  expect(stderr).toContain(message)
})
