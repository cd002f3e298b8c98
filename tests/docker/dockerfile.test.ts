import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const text = readFileSync(root('docker/Dockerfile'), 'utf8')
const lines = text.split('\n').map((line) => line.trim())

test('the base is pinned, the last stage is not root and says how it is', () => {
  expect(text).toMatch(/^ARG BASE=node:24\.\d+\.\d+-bookworm-slim$/m)
  expect(lines.filter((line) => line.startsWith('FROM ')).every((line) => line.startsWith('FROM ${BASE}'))).toBe(true)
  const last = text.slice(text.lastIndexOf('FROM '))
  expect(last).toMatch(/^USER node$/m)
  expect(last).toMatch(/^HEALTHCHECK /m)
})

test('`ft` is on the PATH of the image', () => {
  expect(lines).toContain('RUN npm run build && chmod +x dist/cli/ft.js')
  expect(lines).toContain('RUN mkdir bin && ln -s ../dist/cli/ft.js bin/ft')
  expect(lines).toContain('ENV PATH=/app/bin:$PATH')
  expect(readFileSync(root('src/cli/ft.ts'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
})

test('the heap has the same limit in the image, with npm start and in the benchmark', () => {
  const limits = ['docker/Dockerfile', 'package.json', 'bench/backfill/run.ts'].map(
    (file) => /--max-old-space-size=(\d+)/.exec(readFileSync(root(file), 'utf8'))?.[1],
  )
  expect(limits).toEqual(['1024', '1024', '1024'])
})

test('the image has production dependencies only, and .dockerignore lets through what is copied and nothing else', () => {
  expect(text).toContain('RUN npm ci --omit=dev --omit=optional')
  const copied = lines
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1))
  const allowed = readFileSync(root('.dockerignore'), 'utf8').matchAll(/^!(.+)$/gm)
  expect([...new Set(copied)].sort()).toEqual([...allowed].map(([, name]) => name).sort())
  for (const name of copied) expect(existsSync(root(name)), name).toBe(true)
})
