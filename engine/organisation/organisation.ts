/**
 * The rules of an organisation's one document: settings, keys, queues seen. Pure: time and ids are arguments.
 *
 * 1. A change answers a new document; the same reference means that nothing is to be stored.
 * 2. Keys are kept as hashes; a repeat of "make a key" answers the same key id, never a second key.
 * 3. Partitions of a queue only grow: offers that wait in a partition must stay reachable by its workers.
 */
import type { Refusal } from '../../schemas/errors.ts'
import { type Role, retentionDefaultMs, type Settings, type SettingsPatch } from '../../schemas/organisation.ts'
import { type Answer, accepted, refused } from '../answer.ts'
import { grownShards, type ShardStep, shardCount } from '../index/shards.ts'

export interface OrganisationKey {
  keyId: string
  /** SHA-256 of the key, hexadecimal. */
  hash: string
  role: Role
  label?: string
  createdAt: number
  expiresAt?: number
}

/** What an Idempotency-Key was used for; kept for 24 h. */
export interface Repeat {
  bodyHash: string
  at: number
  keyId?: string
}

export interface Organisation {
  org: string
  displayName?: string
  createdAt: number
  settings: Omit<Settings, 'indexShards'>
  /** Absent: one shard, from the beginning. */
  indexShards?: ShardStep[]
  keys: OrganisationKey[]
  queues: string[]
  repeats: { [idempotencyKey: string]: Repeat }
}

export interface Idempotency {
  key: string
  bodyHash: string
}

export interface CreateOrganisation {
  org: string
  displayName?: string
  idempotency?: Idempotency
}

export interface AddKey {
  key: Omit<OrganisationKey, 'createdAt'>
  idempotency?: Idempotency
}

export const organisationLimits = { keys: 200, queues: 1_000, repeats: 200, repeatMs: 86_400_000 } as const

export type Changed<Value> = Answer<{ organisation: Organisation } & Value>

const unknown = refused('not_found', 'there is no such organisation')

export function createOrganisation(
  present: Organisation | null,
  request: CreateOrganisation,
  now: number,
): Changed<{ isNew: boolean }> {
  if (present === null) {
    const organisation: Organisation = {
      org: request.org,
      ...(request.displayName !== undefined && { displayName: request.displayName }),
      createdAt: now,
      settings: { retentionMs: retentionDefaultMs, limits: {}, partitions: {} },
      keys: [],
      queues: [],
      repeats: {},
    }
    return accepted({ organisation: remember(organisation, request.idempotency, now), isNew: true })
  }
  const repeat = repeated(present, 'organisation', request.idempotency, now)
  if (!repeat.ok) return repeat
  if (repeat.value !== null) return accepted({ organisation: present, isNew: false })
  const renamed =
    request.displayName === undefined || request.displayName === present.displayName
      ? present
      : { ...present, displayName: request.displayName }
  return accepted({ organisation: remember(renamed, request.idempotency, now), isNew: false })
}

/** Absent fields stay as they are; `limits` and `partitions` are merged by name. */
export function patchSettings(present: Organisation | null, patch: SettingsPatch, now: number): Changed<object> {
  if (present === null) return unknown
  const shards = present.indexShards ?? []
  if (patch.indexShards !== undefined && patch.indexShards < shardCount(shards)) {
    return tooFew('indexShards', shardCount(shards), 'the shards of the index may only grow')
  }
  for (const [queue, count] of Object.entries(patch.partitions ?? {})) {
    if (count < partitionsOf(present, queue)) {
      return tooFew(`partitions.${queue}`, partitionsOf(present, queue), 'the partitions of a queue may only grow')
    }
  }
  const settings = {
    retentionMs: patch.retentionMs ?? present.settings.retentionMs,
    limits: { ...present.settings.limits, ...patch.limits },
    partitions: { ...present.settings.partitions, ...patch.partitions },
  }
  const grown = patch.indexShards === undefined ? {} : { indexShards: grownShards(shards, patch.indexShards, now) }
  return accepted({ organisation: { ...present, settings, ...grown } })
}

const tooFew = (path: string, present: number, message: string): { ok: false; refusal: Refusal } => ({
  ok: false,
  refusal: { code: 'invalid_request', message, errors: [{ path, message: `has ${present} already, and may only grow` }] },
})

/** As they are shown. */
export const settingsOf = ({ settings, indexShards }: Organisation): Settings => ({
  ...settings,
  ...(indexShards !== undefined && { indexShards: shardCount(indexShards) }),
})

export function addKey(present: Organisation | null, request: AddKey, now: number): Changed<{ keyId: string; isNew: boolean }> {
  if (present === null) return unknown
  const repeat = repeated(present, 'key', request.idempotency, now)
  if (!repeat.ok) return repeat
  if (repeat.value?.keyId !== undefined) {
    return accepted({ organisation: present, keyId: repeat.value.keyId, isNew: false })
  }
  const keys = present.keys.filter((key) => !expired(key, now))
  if (keys.length >= organisationLimits.keys) {
    return refused('invalid_request', `an organisation has at most ${organisationLimits.keys} keys`)
  }
  const { keyId } = request.key
  const grown = { ...present, keys: [...keys, { ...request.key, createdAt: now }] }
  return accepted({ organisation: remember(grown, request.idempotency, now, keyId), keyId, isNew: true })
}

export function removeKey(present: Organisation | null, keyId: string): Changed<object> {
  if (present === null) return unknown
  const keys = present.keys.filter((key) => key.keyId !== keyId)
  if (keys.length === present.keys.length) return refused('not_found', `there is no key ${keyId}`)
  return accepted({ organisation: { ...present, keys } })
}

export function rememberQueue(present: Organisation | null, queue: string): Changed<object> {
  if (present === null) return unknown
  if (present.queues.includes(queue)) return accepted({ organisation: present })
  if (present.queues.length >= organisationLimits.queues) {
    return refused('invalid_request', `an organisation has at most ${organisationLimits.queues} queues`)
  }
  return accepted({ organisation: { ...present, queues: [...present.queues, queue].sort() } })
}

export const partitionsOf = (organisation: Organisation, queue: string): number => organisation.settings.partitions[queue] ?? 1

export const expired = (key: OrganisationKey, now: number): boolean => key.expiresAt !== undefined && key.expiresAt <= now

type Subject = 'organisation' | 'key'

function repeated(
  organisation: Organisation,
  subject: Subject,
  idempotency: Idempotency | undefined,
  now: number,
): Answer<Repeat | null> {
  const known = idempotency && organisation.repeats[idempotency.key]
  if (!known || known.at + organisationLimits.repeatMs <= now) return accepted(null)
  const same = known.bodyHash === idempotency.bodyHash && (known.keyId !== undefined) === (subject === 'key')
  return same ? accepted(known) : refused('idempotency_conflict', 'this Idempotency-Key was used with another body')
}

function remember(organisation: Organisation, idempotency: Idempotency | undefined, now: number, keyId?: string): Organisation {
  if (idempotency === undefined) return organisation
  const kept = Object.entries(organisation.repeats)
    .filter(([key, repeat]) => key !== idempotency.key && repeat.at + organisationLimits.repeatMs > now)
    .sort(([, a], [, b]) => b.at - a.at)
    .slice(0, organisationLimits.repeats - 1)
  const repeat: Repeat = { bodyHash: idempotency.bodyHash, at: now, ...(keyId !== undefined && { keyId }) }
  return { ...organisation, repeats: { ...Object.fromEntries(kept), [idempotency.key]: repeat } }
}
