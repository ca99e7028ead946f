/** Three projects: rules on plain Node, objects inside the Workers runtime, and real processes. */
import process from 'node:process'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** Where CI wants to have a report of each run. */
const reports = process.env['PERDURE_TEST_REPORTS']

export default defineConfig({
  test: {
    reporters: reports ? ['default', ['json', { outputFile: `${reports}/${process.pid}.json` }]] : ['default'],
    projects: [
      {
        test: {
          name: 'engine',
          include: [
            'test/engine/**/*.test.ts',
            'test/simulation/**/*.test.ts',
            'test/sdk/**/*.test.ts',
            'test/testing/**/*.test.ts',
          ],
          environment: 'node',
          testTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: { PERDURE_ROOT_KEY: 'root-key-of-the-tests' } },
          }),
        ],
        test: {
          name: 'durable',
          include: ['test/durable/**/*.test.ts'],
          testTimeout: 60_000,
          // itty-durable's ESM files import each other without extensions: bundled first, they load.
          deps: { optimizer: { ssr: { enabled: true, include: ['itty-durable'] } } },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/api/**/*.test.ts', 'examples/**/*.test.ts'],
          environment: 'node',
          globalSetup: ['./scripts/build-once.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
