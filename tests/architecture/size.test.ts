import { describe, expect, test } from 'vitest'
import { readSources } from './sources.js'

const limits = { median: 80, most: 300, all: 400 }

/** Lines of every hand-written source file, longest first. */
function sizes(sources: ReadonlyMap<string, string>): [path: string, lines: number][] {
  const counted = [...sources].filter(([path]) => !path.endsWith('.test.ts'))
  return counted
    .map(([path, text]): [string, number] => [path, text.replace(/\n$/, '').split('\n').length])
    .sort(([, a], [, b]) => b - a)
}

function longerThan(limit: number, files: readonly [path: string, lines: number][]): string[] {
  return files.filter(([, lines]) => lines > limit).map(([path, lines]) => `${path} (${lines} lines)`)
}

/** What breaks a limit, by name; empty when nothing does. */
function offenders(sources: ReadonlyMap<string, string>): string[] {
  const files = sizes(sources)
  const long = longerThan(limits.most, files)
  const aboveMedian = longerThan(limits.median, files)
  return [
    ...longerThan(limits.all, files).map((file) => `over ${limits.all} lines: ${file}`),
    ...(long.length > files.length * 0.05 ? [`more than 5 % over ${limits.most} lines: ${long.join(', ')}`] : []),
    ...(aboveMedian.length > files.length / 2 ? [`median over ${limits.median} lines: ${aboveMedian.join(', ')}`] : []),
  ]
}

describe('files of src stay small', () => {
  test(`none over ${limits.all} lines, 95 % at most ${limits.most}, median at most ${limits.median}`, () => {
    const sources = readSources('src')
    expect(sources.size).toBeGreaterThan(0)
    expect(offenders(sources)).toEqual([])
  })

  const planted = (...lines: number[]) => new Map(lines.map((count, index) => [`src/${index}.ts`, 'x\n'.repeat(count)]))

  test('a file over the limit is named', () => {
    expect(offenders(planted(401, ...Array<number>(40).fill(10)))).toEqual(['over 400 lines: src/0.ts (401 lines)'])
  })

  test('too many long files are named', () => {
    expect(offenders(planted(301, 310, ...Array<number>(30).fill(10)))).toEqual([
      'more than 5 % over 300 lines: src/1.ts (310 lines), src/0.ts (301 lines)',
    ])
  })

  test('a high median is named', () => {
    expect(offenders(planted(90, 90, 10))).toEqual(['median over 80 lines: src/0.ts (90 lines), src/1.ts (90 lines)'])
  })

  test('files at the limits pass', () => {
    expect(offenders(planted(400, 300, ...Array<number>(20).fill(80)))).toEqual([])
  })
})
