/** Saved flows over a real disk: they outlive their object, and runs do not read them. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Env } from '../../durable/env.ts'
import { executionName } from '../../durable/stubs.ts'
import { done, Organisation } from './peer.ts'

const bindings: Env = env
const flowsOf = (organisation: Organisation) => bindings.FLOW_DEFINITIONS.getByName(organisation.name)

const flow = (kind: string) => ({
  flow: 'f',
  tasks: { a: { task: kind, next: [{ do: ['b'] }] }, b: { task: kind, input: '{{ tasks.a.output }}' } },
})
const save = (organisation: Organisation, file: object) => organisation.call('PUT', '/flows/f', file)

describe('saved flows', () => {
  it('are there after their object was evicted, and numbers go on', async () => {
    const organisation = await Organisation.create()
    const first = await save(organisation, flow('one'))
    await evictDurableObject(flowsOf(organisation))
    expect(await save(organisation, flow('one'))).toEqual(first)
    expect(await save(organisation, flow('two'))).toMatchObject({ version: 2 })
    await evictDurableObject(flowsOf(organisation))
    expect(await organisation.call('GET', '/flows/f?version=1')).toMatchObject({ version: 1, hash: first.hash })
    expect((await organisation.call('GET', '/flows')).items).toEqual([expect.objectContaining({ name: 'f', version: 2 })])
  })

  it('saved at once, by many, are one version each, and equal ones one', async () => {
    const organisation = await Organisation.create()
    const saved = await Promise.all(['a', 'b', 'a', 'c', 'b', 'c'].map((kind) => save(organisation, flow(kind))))
    const { versions } = await organisation.call('GET', '/flows/f')
    expect(new Set(saved.map(({ version }) => version)).size).toBe(versions.length)
    expect(versions.map(({ version }: { version: number }) => version)).toEqual(
      versions.map((_: unknown, index: number) => versions.length - index),
    )
  })

  it('that are only looked at leave nothing on disk', async () => {
    const organisation = await Organisation.create()
    expect(await organisation.call('GET', '/flows')).toEqual({ items: [] })
    await expect(organisation.call('GET', '/flows/f')).rejects.toMatchObject({ code: 'not_found' })
    const tables = await runInDurableObject(flowsOf(organisation), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    )
    expect(tables).toEqual([])
  })
})

describe('F8 a run under way', () => {
  it('keeps what it was started with, whatever is saved then, and after a restart', { timeout: 60_000 }, async () => {
    const organisation = await Organisation.create()
    await save(organisation, flow('one'))
    const peer = await organisation.connect({ workflows: [], tasks: ['one', 'two'], slots: { workflow: 0, task: 1 } })
    await organisation.start('old', { kind: 'flow:f' })
    const first = await peer.next('task')
    await save(organisation, flow('two'))
    await evictDurableObject(bindings.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, 'old')))
    await evictDurableObject(flowsOf(organisation))
    await peer.report([done(first, 'first' as never)])
    peer.say({ type: 'slots', workflow: 0, task: 1 })
    expect(await peer.next('task')).toMatchObject({ kind: 'one', input: 'first' })
    peer.say({ type: 'slots', workflow: 0, task: 2 })
    await organisation.start('new', { kind: 'flow:f' })
    expect(await peer.next('task')).toMatchObject({ executionId: 'new', kind: 'two' })
    await organisation.start('pinned', { kind: 'flow:f@1' })
    expect(await peer.next('task')).toMatchObject({ executionId: 'pinned', kind: 'one' })
    peer.close()
  })
})

describe('a child that is a flow', () => {
  it('A2 N12 fails at its parent when there is no such flow, or its input does not fit; else it gets the defaults', {
    timeout: 60_000,
  }, async () => {
    const organisation = await Organisation.create()
    const input = {
      type: 'object',
      required: ['who'],
      properties: { who: { type: 'string' }, times: { type: 'integer', default: 2 } },
    }
    await save(organisation, {
      flow: 'f',
      input,
      tasks: { a: { task: 'work', input: '{{ input }}' } },
      output: '{{ tasks.a.output }}',
    })
    const peer = await organisation.connect({ tasks: ['work'], slots: { workflow: 1, task: 1 } })
    await organisation.start('parent')
    const child = (childId: string, kind: string, given: object) => ({
      type: 'START_CHILD_WORKFLOW',
      childId,
      kind,
      input: given,
    })
    await peer.answer(await peer.next('activation'), [
      child('child-1', 'flow:nowhere', {}),
      child('child-2', 'flow:f', { who: 7 }),
      child('child-3', 'flow:f@1', { who: 'Ada' }),
    ])
    const task = await peer.next('task')
    expect(task).toMatchObject({ kind: 'work', input: { who: 'Ada', times: 2 } })
    await peer.report([done(task, 'hello' as never)])
    const ends = async () =>
      (await organisation.events('parent'))
        .filter(({ type }) => /^CHILD_WORKFLOW_(COMPLETED|FAILED)$/.test(type))
        .map(({ type, data }) => ({ type, ...data }))
        .toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
    await vi.waitFor(async () => expect(await ends()).toHaveLength(3), { timeout: 20_000, interval: 20 })
    const ended = await ends()
    const of = (childId: string) => ended.find((each) => 'childId' in each && each.childId === childId)
    expect(of('child-1')).toMatchObject({ type: 'CHILD_WORKFLOW_FAILED', failure: { type: 'not_found' } })
    expect(of('child-2')).toMatchObject({
      type: 'CHILD_WORKFLOW_FAILED',
      failure: { type: 'invalid_request', message: expect.stringContaining('input.who') },
    })
    expect(of('child-3')).toMatchObject({ type: 'CHILD_WORKFLOW_COMPLETED', output: 'hello' })
    peer.close()
  })
})
