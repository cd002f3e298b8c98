import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { builtFt } from '../support/ftProcess.js'
import { cliHarness } from './harness.js'

const { ft } = cliHarness()

describe('exit codes', () => {
  test.each([
    [['--help'], 0],
    [['config', '--help'], 0],
    [['--version'], 0],
    [['config'], 0],
    [[], 2],
    [['confg'], 2],
    [['config', '--jsn'], 2],
    [['config', 'extra'], 2],
  ])('ft %j ends with %i', async (argv, code) => {
    expect((await ft(argv)).code).toBe(code)
  })
})

describe.each([
  ['rewind', '--network', 'polygon', '--yes', '--to'],
  ['record', '--network', 'polygon', '--from', '1', '--to'],
  ['backfill', '--network', 'polygon', '--from', '1', '--to'],
])('a height of ft %s', (...argv) => {
  test.each(['', ' ', '1e3', '0x10', '-1', '1.5', '9007199254740993'])('is not %j', async (text) => {
    expect(await ft([...argv, text])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected a block height'),
    })
  })
})

test('--version is the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  expect((await ft(['--version'])).stdout).toBe(`${version}\n`)
})

test('help lists every command with examples, and works with a bad configuration', async () => {
  const { stdout, stderr } = await ft(['--help'], { FT_API_PORT: 'x' })
  for (const text of ['config', 'migrate', 'Examples:', '$ ft config', 'Exit codes: 0 done'])
    expect(stdout).toContain(text)
  expect(stderr).toBe('')
})

test('a mistyped command or option is answered with the one that was meant', async () => {
  expect((await ft(['confg'])).stderr).toMatch(/unknown command 'confg'[\s\S]*Did you mean config\?/)
  expect((await ft(['config', '--jsn'])).stderr).toMatch(/unknown option '--jsn'[\s\S]*Did you mean --json\?/)
})

test('the program itself passes its exit code and streams on', async () => {
  const start = (env: Record<string, string>) =>
    promisify(execFile)(process.execPath, [builtFt(), 'config', '--json'], {
      env: { PATH: process.env['PATH'], ...env },
    })
  const { stdout, stderr } = await start({ FT_API_PORT: '1234' })
  expect(JSON.parse(stdout)).toMatchObject({ FT_API_PORT: '1234' })
  expect(stderr).toBe('')
  await expect(start({ FT_API_PORT: 'x' })).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr:
      'ft: The configuration is not valid:\n  FT_API_PORT: "x" is not a port (0 to 65535), for example FT_API_PORT=8080\n',
  })
}, 60_000)

/** Names of the commands, as `ft --help` lists them. */
async function commands(): Promise<string[]> {
  const { stdout } = await ft(['--help'])
  const list = stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('Examples:'))
  return [...list.matchAll(/^ {2}([a-z-]+)/gm)].flatMap(([, name]) =>
    name === undefined || name === 'help' ? [] : [name],
  )
}

/** A command's help, or for a group of commands that of the first one in it. */
async function helpOf(name: string): Promise<string> {
  const { stdout } = await ft([name, '--help'])
  const first = /Commands:\n {2}([a-z-]+)/.exec(stdout)?.[1]
  return first === undefined ? stdout : (await ft([name, first, '--help'])).stdout
}

test('every command explains itself with an example', async () => {
  const names = await commands()
  expect(names.length).toBeGreaterThan(8)
  for (const name of names) expect(await helpOf(name), name).toMatch(/Examples?:\n {2}\$ .*\bft /)
})

test('the table of the README has every command and no other', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const table = new Set([...readme.matchAll(/^\| `ft ([a-z-]+)/gm)].map(([, name]) => name))
  expect([...table].sort()).toEqual((await commands()).sort())
})
