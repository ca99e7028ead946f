/** Seeds that once failed, with what they found. */
import { expect, it } from 'vitest'
import { simulate } from './simulation.ts'

const found: [seed: number, workload: string | undefined, what: string][] = [
  [694, 'fan-outs', 'work that waits is forgotten by a restart on a machine whose clock is behind'],
  [110, 'flows', 'a flow under way stops on a machine whose clock is behind'],
  [1431, 'timeouts', 'the row of an older attempt stays after its loss was under way in a crash'],
  [40, 'flow-steering', 'a task of a flow waits for room that it is not told of'],
]

for (const [seed, workload, what] of found) {
  it(`seed ${seed}: ${what}`, { timeout: 60_000 }, async () => {
    expect((await simulate(seed, { workload })).breach).toBeUndefined()
  })
}
