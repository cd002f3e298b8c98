import { beforeAll, describe, expect, test } from 'vitest'
import { runOnPlanted, type ToolRun } from './plant.js'

const planted = {
  'src/cli/ft.ts': `import { used } from '../core/used.js'\nimport 'zod'\nused()`,
  'src/core/used.ts':
    'export const used = () => 1\nexport const unusedExport = () => 2\nexport interface UnusedType {}',
  'src/core/unusedFile.ts': 'export const x = 1',
  'src/core/testedOnly.ts': 'export const tested = () => 1',
  'src/core/testedOnly.test.ts': `import { test } from 'vitest'\nimport { tested } from './testedOnly.js'\ntest('x', () => tested())`,
  'bench/run.ts': `import 'pino'`,
}

describe('knip', () => {
  let run: ToolRun
  beforeAll(() => {
    run = runOnPlanted('knip', ['--no-progress', '--reporter', 'compact'], planted)
  }, 60_000)

  test.each(['src/core/unusedFile.ts', 'unusedExport', 'UnusedType', 'undici'])('names the unused %s', (name) => {
    expect(run.status).not.toBe(0)
    expect(run.output.split(/[\s:,]+/)).toContain(name)
  })

  test.each(['src/core/testedOnly.ts', 'src/cli/ft.ts', 'bench/run.ts', 'zod', 'pino'])('takes %s for used', (name) => {
    expect(run.output.split(/[\s:,]+/)).not.toContain(name)
  })
})
