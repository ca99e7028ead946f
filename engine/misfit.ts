/**
 * Whose code does not fit a run's log. Workers that say which build they are stand for all of that build; one that does
 * not say is known by its connection, and a polling one, which has none, by its id.
 */
import type { Holder } from './lease.ts'

/** Text that is equal where the code is taken to be. */
export function codeOf({
  build,
  session,
  workerId,
  leaseMs,
}: Pick<Holder, 'build' | 'session' | 'workerId' | 'leaseMs'>): string {
  if (build !== undefined) return `build ${build}`
  return leaseMs === undefined ? `session ${session}` : `worker ${workerId}`
}
