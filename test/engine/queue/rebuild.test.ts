/** What a queue knows after a restart, from its rows alone. */
import { expect, it } from 'vitest'
import { coldMs, coldUntil, graceMs } from '../../../engine/queue/presence.ts'
import { rebuild, type StoredSession } from '../../../engine/queue/rebuild.ts'

const now = 1_000_000
const session = (id: string, until?: number): StoredSession => ({
  session: id,
  workerId: `worker of ${id}`,
  workflows: [],
  tasks: ['work'],
  ...(until !== undefined && { until }),
})
const coldFor = (sessions: StoredSession[]): number =>
  coldUntil(rebuild({ queue: 'default', partition: 0 }, { sessions, offers: [], keeps: [], attached: [] }, now)) - now

it('W15 is cold for sessions that are missing, and not longer for one that had left before', () => {
  expect(coldFor([session('0.a')])).toBe(coldMs)
  expect(coldFor([session('0.a', now + graceMs)])).toBe(graceMs)
  expect(coldFor([session('0.a', now - 1)])).toBeLessThan(0)
  expect(coldFor([session('0.a', now - 1), session('0.b')])).toBe(coldMs)
})
