/** Waits until processes have nothing left to do: what the work before has left behind is not the next measurement's. */
import { processorMs, sumOf } from './process-figures.ts'

const lookEveryMs = 500
/** Of a look's time. */
const idleShare = 0.04
const looksAtRest = 3
const patienceMs = 60_000

/** @throws when they are still busy after a minute */
export async function atRest(pids: readonly number[]): Promise<void> {
  const until = performance.now() + patienceMs
  for (let quiet = 0; quiet < looksAtRest; ) {
    if (performance.now() > until) throw new Error('the service does not come to rest')
    const before = sumOf(pids, processorMs)
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    quiet = sumOf(pids, processorMs) - before <= lookEveryMs * idleShare ? quiet + 1 : 0
  }
}
