/** Seeds that once failed, with what they found. */
import { expect, it } from 'vitest'
import { simulate } from './simulation.ts'

const found: [seed: number, workload: string | undefined, what: string][] = []

for (const [seed, workload, what] of found) {
  it(`seed ${seed}: ${what}`, { timeout: 60_000 }, async () => {
    expect((await simulate(seed, { workload })).breach).toBeUndefined()
  })
}
