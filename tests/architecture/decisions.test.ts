import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { repositoryRoot } from './sources.js'

const folder = join(repositoryRoot, 'docs/adr')

/** What is wrong with the numbers of decision records: each is its file's, without gap or repetition. */
function misnumbered(files: readonly { readonly name: string; readonly text: string }[]): string[] {
  return [...files]
    .sort((a, b) => a.name.localeCompare(b.name))
    .flatMap(({ name, text }, index) => {
      const number = index + 1
      const isRight = name.startsWith(`${String(number).padStart(4, '0')}-`) && text.startsWith(`# ${number}. `)
      return isRight ? [] : [name]
    })
}

test('decision records are numbered without gap or repetition', () => {
  const files = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
  expect(files.length).toBeGreaterThan(0)
  expect(misnumbered(files)).toEqual([])
})

describe('a wrong number is found', () => {
  test.each([
    [['0001-a.md', '# 1. A'], ['0001-b.md', '# 1. B'], ['0001-b.md']],
    [['0001-a.md', '# 1. A'], ['0003-b.md', '# 3. B'], ['0003-b.md']],
    [['0001-a.md', '# 1. A'], ['0002-b.md', '# 3. B'], ['0002-b.md']],
  ])('%j %j', (first, second, expected) => {
    const files = [first, second].map(([name = '', text = '']) => ({ name, text }))
    expect(misnumbered(files)).toEqual(expected)
  })
})
