import { test } from 'vitest'
import { metricsReference } from '../../src/observability/metricsReference.js'
import { expectFile } from '../core/schema/support/expectFile.js'

test('docs/metrics.md lists every metric', async () => {
  await expectFile(new URL('../../docs/metrics.md', import.meta.url), metricsReference())
})
