/**
 * Organisations as this isolate last read them, at most 5 s old: key checks and partitions would otherwise cost a
 * request each. Only values are kept, never promises, which must not be shared between requests of an isolate.
 */
import { type Organisation, partitionsOf } from '../engine/organisation/organisation.ts'
import { spreadOf } from '../engine/spread.ts'
import { retentionDefaultMs } from '../schemas/organisation.ts'
import type { Env } from './env.ts'
import { settingsOf } from './stubs.ts'

export const freshMs = 5_000
const capacity = 10_000
const known = new Map<string, { readAt: number; organisation: Organisation | null }>()

/** The organisation, or null; never older than `maxAgeMs`. */
export async function organisationOf(env: Env, org: string, maxAgeMs = freshMs): Promise<Organisation | null> {
  const entry = known.get(org)
  if (entry !== undefined && Date.now() - entry.readAt < maxAgeMs) return entry.organisation
  const { organisation } = await settingsOf(env, org).read()
  keepOrganisation(org, organisation)
  return organisation
}

/** What a change answered: seen at once by this isolate. */
export function keepOrganisation(org: string, organisation: Organisation | null): void {
  known.delete(org)
  known.set(org, { readAt: Date.now(), organisation })
  const [oldest] = known.keys()
  if (known.size > capacity && oldest !== undefined) known.delete(oldest)
}

/** How long closed runs of the organisation stay. */
export async function retentionMsOf(env: Env, org: string): Promise<number> {
  return (await organisationOf(env, org))?.settings.retentionMs ?? retentionDefaultMs
}

/** Notes that a queue is in use, so that it is listed. False when the organisation has too many. */
export async function rememberQueue(env: Env, org: string, queue: string): Promise<boolean> {
  const organisation = await organisationOf(env, org)
  if (organisation?.queues.includes(queue)) return true
  const changed = await settingsOf(env, org).rememberQueue(queue)
  if (changed.ok) keepOrganisation(org, changed.value.organisation)
  return changed.ok
}

/** How many partitions a queue has. */
export async function partitionCount(env: Env, org: string, queue: string): Promise<number> {
  const organisation = await organisationOf(env, org)
  return organisation === null ? 1 : partitionsOf(organisation, queue)
}

/** The partition where an execution offers its work: always the same, so that its work meets its kept run. */
export const partitionOf = (executionId: string, partitions: number): number =>
  partitions === 1 ? 0 : spreadOf(executionId) % partitions
