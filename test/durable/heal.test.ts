/** D9: a run that some code does not fit, over real objects: who is given it, and what outlives them. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Env } from '../../durable/env.ts'
import { executionName, queueObjectName } from '../../durable/stubs.ts'
import { type Activation, Organisation, type Peer } from './peer.ts'

const bindings: Env = env
const soon = { timeout: 20_000, interval: 20 }
const patient = { timeout: 60_000 }
const complete = [{ type: 'COMPLETE_WORKFLOW', output: 'healed' }]
const determinism = { index: 1, expected: 'task "a"', actual: 'task "b"', location: 'album.ts:3:7', hint: 'renamed' }

const runner = (workerId: string, build?: string) => ({
  workerId,
  tasks: [],
  slots: { workflow: 5, task: 0 },
  ...(build !== undefined && { build }),
})

const queueOf = (organisation: Organisation) => bindings.TASK_QUEUE.getByName(queueObjectName(organisation.name, 'default', 0))
const executionOf = (organisation: Organisation) => bindings.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, 'a'))

/** As a worker says that its code does not fit; `more` is what it says of itself. */
function fail(organisation: Organisation, { activationId, token }: Activation, more: object = {}) {
  const failure = { type: 'DETERMINISM', message: 'call 1: the log has task "a"' }
  const body = { token, failure, determinism, ...more }
  return organisation.call('POST', `/workflow-executions/a/activations/${activationId}/fail`, body)
}

/** Everything that was said before has been dealt with: another run goes the whole way to the worker. */
async function nothingFor(peer: Peer): Promise<void> {
  const id = `other-${crypto.randomUUID()}`
  await peer.organisation.start(id)
  const activation = await peer.next('activation')
  expect(activation.executionId).toBe(id)
  await peer.answer(activation, complete)
}

const waiting = (organisation: Organisation) =>
  runInDurableObject(queueOf(organisation), (_, { storage }) =>
    storage.sql.exec('SELECT execution_id, not_for FROM offers').toArray(),
  )

const isHealed = (organisation: Organisation) =>
  vi.waitFor(async () => {
    const { status, output, problem } = await organisation.describe('a')
    expect({ status, output, problem }).toEqual({ status: 'COMPLETED', output: 'healed', problem: undefined })
  }, soon)

describe('D9 code that does not fit', () => {
  it('blocks: no event, a problem with all that was found; another build is given it at once', patient, async () => {
    const organisation = await Organisation.create()
    const wrong = await organisation.connect(runner('w1', 'v1'))
    await organisation.start('a')
    await fail(organisation, await wrong.next('activation'))
    const described = await organisation.describe('a')
    expect(described).toMatchObject({
      status: 'PENDING',
      activation: 'queued',
      lastSequence: 1,
      problem: { type: 'DETERMINISM', message: 'call 1: the log has task "a"', attempts: 1, details: determinism },
    })
    expect(Object.keys(described.problem).toSorted()).toEqual(['attempts', 'details', 'message', 'since', 'type'])
    await nothingFor(wrong)
    await nothingFor(await organisation.connect(runner('w2', 'v1')))
    const fixed = await organisation.connect(runner('w3', 'v2'))
    await fixed.answer(await fixed.next('activation'), complete)
    await isHealed(organisation)
  })

  it('a build that is here already has it at once', patient, async () => {
    const organisation = await Organisation.create()
    const wrong = await organisation.connect(runner('w1', 'v1'))
    await organisation.start('a')
    const activation = await wrong.next('activation')
    const fixed = await organisation.connect(runner('w2', 'v2'))
    await fail(organisation, activation)
    await fixed.answer(await fixed.next('activation'), complete)
    await isHealed(organisation)
  })

  it('without a build: the same connection does not have it again, its next hello does', patient, async () => {
    const organisation = await Organisation.create()
    const wrong = await organisation.connect(runner('w1'))
    await organisation.start('a')
    await fail(organisation, await wrong.next('activation'))
    await nothingFor(wrong)
    const fixed = await organisation.connect(runner('w1'))
    await fixed.answer(await fixed.next('activation'), complete)
    await isHealed(organisation)
  })

  it('who has it by a reply is known by what it says of itself', patient, async () => {
    const organisation = await Organisation.create()
    const wrong = await organisation.connect(runner('w1', 'v1'))
    await organisation.start('a')
    const timer = { type: 'START_TIMER', timerId: 'timer-1', durationMs: 0 }
    await wrong.answer(await wrong.next('activation'), [timer], { accept: wrong.accept(1, 0) })
    await fail(organisation, await wrong.next('activation'), { session: wrong.session, build: 'v1' })
    await nothingFor(await organisation.connect(runner('w2', 'v1')))
    const fixed = await organisation.connect(runner('w3', 'v2'))
    await fixed.answer(await fixed.next('activation'), complete)
    await isHealed(organisation)
  })

  it.each(['execution', 'queue', 'both'])('outlives its objects: %s evicted', patient, async (evicted) => {
    const organisation = await Organisation.create()
    const wrong = await organisation.connect(runner('w1', 'v1'))
    await organisation.start('a')
    await fail(organisation, await wrong.next('activation'))
    await nothingFor(wrong)
    if (evicted !== 'queue') await evictDurableObject(executionOf(organisation))
    if (evicted !== 'execution') await evictDurableObject(queueOf(organisation))
    expect((await organisation.describe('a')).problem).toMatchObject({ attempts: 1, details: determinism })
    await nothingFor(wrong)
    expect(await waiting(organisation)).toEqual([{ execution_id: 'a', not_for: '["build v1"]' }])
    await nothingFor(await organisation.connect(runner('w2', 'v1')))
    const fixed = await organisation.connect(runner('w3', 'v2'))
    await fixed.answer(await fixed.next('activation'), complete)
    await isHealed(organisation)
  })
})
