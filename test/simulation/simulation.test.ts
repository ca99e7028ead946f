/** L1 to L9, L11: a fixed set of seeds is clean; the rest is run by `npm run simulate`. */
import { describe, expect, it } from 'vitest'
import { simulate } from './simulation.ts'
import { workloads } from './workloads.ts'

describe('simulated storms', () => {
  for (const [index, { name }] of workloads.entries()) {
    it(`L1 to L9 L11 hold at every step, and all comes to rest: ${name}`, { timeout: 60_000 }, async () => {
      for (let seed = 10_000 + index; seed < 10_012 + index; seed += 1) {
        const { breach } = await simulate(seed, { workload: name })
        expect(breach, `npm run simulate -- --seed ${seed} --workload ${name}`).toBeUndefined()
      }
    })
  }

  it('the same seed gives the same trace', { timeout: 60_000 }, async () => {
    for (const seed of [3, 14, 159]) {
      const [first, second] = [await simulate(seed), await simulate(seed)]
      expect(first.trace.length).toBeGreaterThan(10)
      expect(second.trace.join('\n')).toBe(first.trace.join('\n'))
    }
  })
})
