/** What a run of a flow waits for besides its open tasks, timers, promises and children (L8). */
import type { DescribedAwaiting } from '../../schemas/executions.ts'
import { type FlowState, parkedIn } from './state.ts'

export function waitsOf(flow: FlowState): DescribedAwaiting[] {
  const waits: DescribedAwaiting[] = []
  for (const visit of flow.open.values()) {
    const { task, startedAt: since, signal, counters } = visit
    if (signal !== undefined) waits.push({ type: 'signal', name: signal, since, why: `task ${task} waits for it` })
    const parked = parkedIn(visit)
    if (parked === 0) continue
    const why = `${parked} of ${visit.total} items are parked, ${counters.out} are out`
    waits.push({ type: 'condition', name: task, since, why })
  }
  return waits
}
