import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const npm = (...args: string[]) => promisify(execFile)('npm', ['run', '--silent', ...args])

test('the simulator and the soak say how they are used, and that they were used otherwise', async () => {
  expect((await npm('test:sim', '--', '--help')).stdout).toMatch(/^Usage: npm run test:sim/)
  await expect(npm('test:soak', '--', '--minutes', 'x')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^--minutes x is no number\n\nUsage: npm run test:soak/),
  })
})
