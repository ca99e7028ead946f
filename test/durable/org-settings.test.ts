import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { keepOrganisation, organisationOf, partitionOf, rememberQueue } from '../../durable/settings-cache.ts'
import { settingsOf } from '../../durable/stubs.ts'

const key = (keyId: string, label: string) => ({ keyId, hash: 'hash', role: 'client' as const, label })

describe('an organisation', () => {
  test('is there again after its object was evicted', async () => {
    await settingsOf(env, 'evicted').create({ org: 'evicted', displayName: 'Zoë' })
    await settingsOf(env, 'evicted').addKey({ key: key('key-1', 'a') })
    await evictDurableObject(env.ORG_SETTINGS.getByName('evicted'))
    const { organisation } = await settingsOf(env, 'evicted').read()
    expect(organisation).toMatchObject({ org: 'evicted', displayName: 'Zoë', keys: [{ keyId: 'key-1' }] })
  })

  test('keeps every character that people write', async () => {
    const label = 'ÄÖ 日本 🎈 \u007f "quoted" back\\slash \\u0041'
    await settingsOf(env, 'written').create({ org: 'written', displayName: label })
    await settingsOf(env, 'written').addKey({ key: key('key-1', label) })
    const { organisation } = await settingsOf(env, 'written').read()
    expect(organisation).toMatchObject({ displayName: label, keys: [{ label }] })
  })

  test('that nobody made is null, and a refusal is an answer', async () => {
    expect(await settingsOf(env, 'nobody').read()).toEqual({ organisation: null })
    expect(await settingsOf(env, 'nobody').removeKey('key-1')).toMatchObject({ ok: false, refusal: { code: 'not_found' } })
  })

  test('changed by many at once has all changes', async () => {
    await settingsOf(env, 'busy').create({ org: 'busy' })
    const queues = Array.from({ length: 20 }, (_, index) => `queue-${index}`)
    await Promise.all(queues.map((queue) => settingsOf(env, 'busy').rememberQueue(queue)))
    const { organisation } = await settingsOf(env, 'busy').read()
    expect(organisation?.queues).toEqual(queues.toSorted())
  })
})

describe('the cache of this isolate', () => {
  test('answers what it has until it is too old', async () => {
    await settingsOf(env, 'cached').create({ org: 'cached' })
    expect(await organisationOf(env, 'cached')).toMatchObject({ queues: [] })
    await settingsOf(env, 'cached').rememberQueue('behind-its-back')
    expect(await organisationOf(env, 'cached')).toMatchObject({ queues: [] })
    expect(await organisationOf(env, 'cached', 0)).toMatchObject({ queues: ['behind-its-back'] })
  })

  test('knows at once what went through it', async () => {
    await settingsOf(env, 'known').create({ org: 'known' })
    keepOrganisation('known', (await settingsOf(env, 'known').read()).organisation)
    expect(await rememberQueue(env, 'known', 'media')).toBe(true)
    expect(await organisationOf(env, 'known')).toMatchObject({ queues: ['media'] })
  })
})

test('executions are spread over partitions, each always to the same one', () => {
  const ids = Array.from({ length: 4_000 }, (_, index) => `execution-${index}`)
  const counts = [0, 0, 0, 0]
  for (const id of ids) {
    const partition = partitionOf(id, 4)
    expect(partitionOf(id, 4)).toBe(partition)
    counts[partition] = (counts[partition] ?? 0) + 1
  }
  for (const count of counts) expect(count).toBeGreaterThan(800)
})
