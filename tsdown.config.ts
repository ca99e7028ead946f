/** Two builds: the worker that `workerd` runs, in one file, and the published SDK with its types. */
import { defineConfig } from 'tsdown'

export default defineConfig([
  {
    name: 'service',
    // A build that fails leaves the bundle that others may be starting from.
    clean: false,
    entry: { worker: 'src/worker.ts' },
    outDir: 'dist/service',
    format: 'esm',
    platform: 'neutral',
    target: 'es2024',
    dts: false,
    sourcemap: false,
    outExtensions: () => ({ js: '.js' }),
    inputOptions: { resolve: { mainFields: ['module', 'main'], conditionNames: ['workerd', 'worker', 'import', 'default'] } },
    deps: { alwaysBundle: [/./], neverBundle: [/^cloudflare:/, /^node:/], onlyBundle: false },
  },
  {
    name: 'sdk',
    entry: { index: 'sdk/index.ts', client: 'sdk/client.ts', worker: 'sdk/worker.ts', testing: 'sdk/testing.ts' },
    outDir: 'sdk/dist',
    tsconfig: 'tsconfig.sdk.json',
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    // At the top, because the types of the SDK begin in `schemas/`.
    dts: true,
    sourcemap: true,
    outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
    deps: {
      alwaysBundle: ['tinyqueue', '@marcbachmann/cel-js', 'yaml', /chevrotain/],
      neverBundle: ['zod', '@standard-schema/spec', /^node:/],
    },
  },
])
