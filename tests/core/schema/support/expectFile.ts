import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

/**
 * Expects a committed file to be exactly `content`. With UPDATE_SNAPSHOT=1 in the environment it is written instead.
 */
export async function expectFile(file: URL, content: string): Promise<void> {
  if (process.env['UPDATE_SNAPSHOT'] === '1') await writeFile(file, content)
  const committed = await readFile(file, 'utf8')
  const remedy = `${fileURLToPath(file)} is out of date: run the test again with UPDATE_SNAPSHOT=1 and review the difference`
  expect(committed.replaceAll('\r\n', '\n'), remedy).toBe(content)
}
