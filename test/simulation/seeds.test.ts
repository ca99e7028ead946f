/**
 * Seeds that found bugs in the code, and are clean since: one for each. That a seed still finds its bug where the mend is
 * taken out is seen by `npm run simulate:planted -- --only found`.
 */
import { expect, it } from 'vitest'
import { met } from './planted/met.ts'
import { metListed } from './planted/met-listed.ts'
import { simulate } from './simulation.ts'

for (const { name, seed, workload, what } of [...met, ...metListed]) {
  it(`${name}, seed ${seed} of ${workload}: ${what}`, { timeout: 60_000 }, async () => {
    expect((await simulate(seed, { workload })).breach).toBeUndefined()
  })
}
