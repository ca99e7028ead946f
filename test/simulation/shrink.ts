/** The fewest faults with which a simulation still fails in the same way: what can be left out is. */
import { type Result, type Settings, simulate } from './simulation.ts'

export async function shrink(failed: Result, settings: Settings): Promise<Result> {
  let best = failed
  const without = new Set<number>()
  let size = Math.ceil(failed.faults.length / 2)
  while (best.faults.length > 0) {
    let isSmaller = false
    for (let from = 0; from < best.faults.length; from += size) {
      const part = best.faults.slice(from, from + size).map(({ id }) => id)
      const result = await simulate(failed.seed, { ...settings, without: new Set([...without, ...part]) })
      if (result.breach?.law !== failed.breach?.law) continue
      for (const id of part) without.add(id)
      best = result
      isSmaller = true
      from -= size
    }
    if (size === 1 && !isSmaller) return best
    size = Math.max(1, Math.floor(size / 2))
  }
  return best
}
