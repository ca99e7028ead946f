import { describe, expect, test } from 'vitest'
import {
  addKey,
  createOrganisation,
  type Organisation,
  organisationLimits,
  patchSettings,
  rememberQueue,
  removeKey,
  settingsOf,
} from '../../../engine/organisation/organisation.ts'

const day = 86_400_000

function made(change: Partial<Organisation> = {}): Organisation {
  const created = createOrganisation(null, { org: 'acme' }, 1)
  if (!created.ok) throw new Error(created.refusal.message)
  return { ...created.value.organisation, ...change }
}

const key = (keyId: string, expiresAt?: number) => ({
  keyId,
  hash: `hash of ${keyId}`,
  role: 'client' as const,
  ...(expiresAt !== undefined && { expiresAt }),
})

test('nothing can be done to an organisation that nobody made', () => {
  const answers = [
    patchSettings(null, {}, 1),
    addKey(null, { key: key('key-1') }, 1),
    removeKey(null, 'key-1'),
    rememberQueue(null, 'q'),
  ]
  for (const answer of answers) expect(answer).toMatchObject({ ok: false, refusal: { code: 'not_found' } })
})

test('what changes nothing answers the same document, so nothing is stored', () => {
  const present = made({ queues: ['media'] })
  for (const answer of [createOrganisation(present, { org: 'acme' }, 2), rememberQueue(present, 'media')]) {
    expect(answer.ok && answer.value.organisation).toBe(present)
  }
})

test('queues are listed in order, and there is an end to them', () => {
  const many = Array.from({ length: organisationLimits.queues - 1 }, (_, index) => `queue-${index}`)
  const full = rememberQueue(made({ queues: many }), 'a-queue')
  expect(full.ok && full.value.organisation.queues[0]).toBe('a-queue')
  expect(full.ok && rememberQueue(full.value.organisation, 'one-more')).toMatchObject({ ok: false })
})

describe('a key', () => {
  test('that has expired makes place for another', () => {
    const keys = Array.from({ length: organisationLimits.keys }, (_, index) => ({ ...key(`key-${index}`, 100), createdAt: 1 }))
    expect(addKey(made({ keys }), { key: key('key-new') }, 99)).toMatchObject({ ok: false, refusal: { code: 'invalid_request' } })
    const later = addKey(made({ keys }), { key: key('key-new') }, 100)
    expect(later.ok && later.value.organisation.keys.map(({ keyId }) => keyId)).toEqual(['key-new'])
  })

  test('asked for again within a day is the same key; after it, another', () => {
    const ask = (present: Organisation, keyId: string, bodyHash: string, now: number) =>
      addKey(present, { key: key(keyId), idempotency: { key: 'again', bodyHash } }, now)
    const first = ask(made(), 'key-1', 'same', 1)
    if (!first.ok) throw new Error('refused')
    const { organisation } = first.value
    expect(ask(organisation, 'key-2', 'same', day)).toMatchObject({ ok: true, value: { keyId: 'key-1', isNew: false } })
    expect(ask(organisation, 'key-2', 'other', day)).toMatchObject({ refusal: { code: 'idempotency_conflict' } })
    expect(ask(organisation, 'key-2', 'other', day + 1)).toMatchObject({ ok: true, value: { keyId: 'key-2', isNew: true } })
  })

  test('of one request is not the repeat of another kind of request', () => {
    const named = createOrganisation(made(), { org: 'acme', idempotency: { key: 'k', bodyHash: 'h' } }, 1)
    if (!named.ok) throw new Error('refused')
    const asked = addKey(named.value.organisation, { key: key('key-1'), idempotency: { key: 'k', bodyHash: 'h' } }, 2)
    expect(asked).toMatchObject({ refusal: { code: 'idempotency_conflict' } })
  })

  test('that is not there cannot be taken away', () => {
    expect(removeKey(made(), 'key-1')).toMatchObject({ refusal: { code: 'not_found' } })
  })
})

test('repeats are forgotten, the oldest first', () => {
  let present = made()
  for (let at = 1; at <= organisationLimits.repeats + 5; at += 1) {
    const answer = createOrganisation(present, { org: 'acme', idempotency: { key: `k${at}`, bodyHash: 'h' } }, at)
    if (answer.ok) present = answer.value.organisation
  }
  expect(Object.keys(present.repeats)).toHaveLength(organisationLimits.repeats)
  expect(present.repeats).not.toHaveProperty('k5')
  expect(present.repeats).toHaveProperty('k6')
})

test('partitions grow and never shrink; limits are merged by name', () => {
  const grown = patchSettings(made(), { partitions: { media: 4 }, limits: { openTasks: 10 } }, 1)
  if (!grown.ok) throw new Error('refused')
  const { organisation } = grown.value
  expect(patchSettings(organisation, { partitions: { media: 3 } }, 1)).toMatchObject({
    refusal: { code: 'invalid_request', errors: [{ path: 'partitions.media' }] },
  })
  const merged = patchSettings(organisation, { limits: { payloadBytes: 2_000 } }, 1)
  expect(merged.ok && merged.value.organisation.settings).toMatchObject({
    partitions: { media: 4 },
    limits: { openTasks: 10, payloadBytes: 2_000 },
  })
})

test('shards of the index grow and never shrink; one is there from the beginning', () => {
  expect(settingsOf(made())).toEqual(made().settings)
  const grown = patchSettings(made(), { indexShards: 4 }, 1_000)
  if (!grown.ok) throw new Error('refused')
  const { organisation } = grown.value
  expect(settingsOf(organisation).indexShards).toBe(4)
  expect(patchSettings(organisation, { indexShards: 3 }, 2_000)).toMatchObject({
    refusal: { code: 'invalid_request', errors: [{ path: 'indexShards', message: 'has 4 already, and may only grow' }] },
  })
  expect(patchSettings(organisation, { indexShards: 4 }, 2_000)).toMatchObject({
    value: { organisation: { indexShards: organisation.indexShards } },
  })
})
