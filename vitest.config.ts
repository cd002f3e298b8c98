import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // The files of a worker share its modules: loading them anew took a third of the time. What a file changes for all, it must put back.
    isolate: false,
    retry: 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts'] } },
      // Only this project has the database server, so that unit tests alone start at once.
      {
        extends: true,
        test: { name: 'services', include: ['tests/**/*.test.ts'], globalSetup: ['tests/support/globalSetup.ts'] },
      },
    ],
  },
})
